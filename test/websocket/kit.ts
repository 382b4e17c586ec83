import http from 'node:http';
import {
  createHub,
  createNodeHandler,
  type Hub,
  type HubOptions,
  type NodeHandlerOptions,
} from '@cometkit/node';
import { attachWebSocket, type WebSocketAttachment, type WebSocketOptions } from '@cometkit/websocket';
import { onTestFinished } from 'vitest';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { RawClient } from './raw-client.ts';

/** A server with a hub, over HTTP and over WebSocket at the same path. */
export interface Served {
  readonly hub: Hub;
  readonly port: number;
  readonly url: string;
  readonly server: DisposableServer;
  readonly sockets: WebSocketAttachment;
  readonly errors: unknown[];
  /** Opens a WebSocket. */
  open(headers?: Record<string, string>): Promise<RawClient>;
  /** Opens one and joins. */
  join(fields?: Record<string, unknown>): Promise<RawClient>;
  close(): Promise<void>;
}

/** What a server of a test can be told. */
export interface ServeOptions {
  readonly socket?: WebSocketOptions;
  readonly handler?: NodeHandlerOptions;
  readonly hub?: HubOptions;
}

/** Starts a server that ends with the test, which fails when a socket dangles. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const hub = createHub(options.hub);
  const errors: unknown[] = [];
  const push = createNodeHandler(hub, {
    path: '/push',
    authorize: { publish: true },
    onError: (error) => errors.push(error),
    ...options.handler,
  });
  const server = await disposableServer(http.createServer(push));
  const sockets = attachWebSocket(server.server, push, options.socket);
  const open = (headers?: Record<string, string>) => RawClient.open(server.port, '/push', headers);
  const clients: RawClient[] = [];
  const remember = (client: RawClient) => {
    clients.push(client);
    return client;
  };
  const close = async () => {
    for (const client of clients) client.socket.destroy();
    await push.close();
    await sockets.close();
    await server.close();
  };
  onTestFinished(close);
  return {
    hub,
    port: server.port,
    url: server.url,
    server,
    sockets,
    errors,
    open: async (headers) => remember(await open(headers)),
    join: async (fields) => {
      const client = remember(await open());
      await client.says('join', fields);
      return client;
    },
    close,
  };
}
