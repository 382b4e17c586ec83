import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createPushServer, type NodeHandler, type PushServer, type PushServerOptions } from '@cometkit/node';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';

/** A server behind a push server. */
export interface DisposablePushServer extends DisposableServer {
  readonly front: PushServer;
  /** Connections that the push server has given to the server behind. */
  handedOver(): number;
}

/** What a stage is set with beside the handler. */
export interface PushServerStage extends Partial<PushServerOptions> {
  /** What the server behind answers; by default the handler does, and echoes are found at other paths. */
  readonly listener?: http.RequestListener;
  readonly behind?: http.ServerOptions;
}

const patienceMs = 2000;

/** Starts a push server on a free port of the loopback. Its close rejects when a connection does not end by itself. */
export async function disposablePushServer(
  push: NodeHandler,
  { listener, behind: serverOptions = {}, ...options }: PushServerStage = {},
): Promise<DisposablePushServer> {
  const behind = http.createServer(
    serverOptions,
    listener ?? ((request, response) => push(request, response)),
  );
  const front = createPushServer(behind, push, { path: '/push', ...options });
  const open = new Set<Socket>();
  let handedOver = 0;
  behind.on('connection', () => {
    handedOver += 1;
  });
  front.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  const { port } = front.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/push`,
    port,
    server: behind,
    front,
    sockets: () => open.size,
    handedOver: () => handedOver,
    close: () => stop(front, open),
  };
}

async function stop(front: PushServer, open: Set<Socket>): Promise<void> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, patienceMs, true).unref());
  if ((await Promise.race([front.close(), late])) !== true) return;
  const dangling = open.size;
  for (const socket of open) socket.destroy();
  throw new Error(`${dangling} connections were left open`);
}

/** Answers what has come, at any path: method, URL and body. */
export const echo: http.RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => response.end(`app ${request.method} ${request.url} ${body}`, 'latin1'));
};

/** The two ways of a request to a handler: what holds on one must hold on the other. */
export const roads: readonly (readonly [string, (push: NodeHandler) => Promise<DisposableServer>])[] = [
  ['node:http', (push) => disposableServer(push)],
  ['the push server', (push) => disposablePushServer(push)],
];
