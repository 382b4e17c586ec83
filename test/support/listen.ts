import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartedServer } from '@cometkit/testkit';

/** Puts a server on a free port. @returns its close rejects when a connection stays behind. */
export function listen(server: Server, path: string): Promise<StartedServer> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}${path}`, close: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a connection stays behind')), 3000);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
