import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { StartedServer } from '@cometkit/testkit';

/** A server on a free port of the loopback that must leave nothing behind. */
export interface DisposableServer extends StartedServer {
  readonly port: number;
  readonly server: http.Server;
  /** Connections that are open now. */
  sockets(): number;
}

const patienceMs = 2000;

/**
 * Starts a server for one test. Its `close` waits for the connections to end by themselves and fails when one dangles.
 *
 * @returns `path` is added to the URL.
 */
export async function disposableServer(
  listener: http.RequestListener | http.Server,
  path = '/push',
): Promise<DisposableServer> {
  const server = listener instanceof http.Server ? listener : http.createServer(listener);
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    port,
    server,
    sockets: () => open.size,
    close: () => stop(server, open),
  };
}

async function stop(server: http.Server, open: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const end = performance.now() + patienceMs;
  while (open.size > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    server.closeIdleConnections();
  }
  const dangling = open.size;
  for (const socket of open) socket.destroy();
  await closed;
  if (dangling > 0) throw new Error(`${dangling} connections were left open`);
}
