import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Client, type ClientItem, type ClientOptions, createClient } from '@cometkit/client';
import {
  createHub,
  createNodeHandler,
  type Hub,
  type HubOptions,
  type NodeHandler,
  type NodeHandlerOptions,
} from '@cometkit/node';

/** A real server on a free port, with a hub, and everything that a test opened on it. */
export class RealServer {
  hub!: Hub;
  url = '';
  /** Most connections that were in use at once. */
  busiest = 0;
  /** Tells clients to move, and goes on. */
  drain: NodeHandler['handler']['drain'] = () => Promise.resolve();
  /** Called before each request is served; answer true to serve it otherwise. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #clients: Client[] = [];
  readonly #sockets = new Set<Socket>();
  #server!: Server;
  #close!: NodeHandler['close'];
  #busy = 0;

  static async start(options: NodeHandlerOptions = {}, hubOptions: HubOptions = {}): Promise<RealServer> {
    const server = new RealServer();
    await server.#listen(0, options, hubOptions);
    return server;
  }

  /** Stops the process's part and starts it again at the same port, with an empty log. */
  async restart(options: NodeHandlerOptions = {}, hubOptions: HubOptions = {}): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    await this.#stop();
    await this.#listen(port, options, hubOptions);
  }

  /** A client of this server. */
  client(options: ClientOptions = {}): Client {
    const client = createClient(this.url, options);
    this.#clients.push(client);
    return client;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #listen(port: number, options: NodeHandlerOptions, hubOptions: HubOptions): Promise<void> {
    this.hub = createHub(hubOptions);
    const publish = { authorize: { publish: true as const } };
    const listener = createNodeHandler(this.hub, { path: '/push', ...publish, ...options });
    this.#close = listener.close;
    this.drain = (options) => listener.handler.drain(options);
    this.#server = createServer((request, response) => {
      this.#busy += 1;
      this.busiest = Math.max(this.busiest, this.#busy);
      response.on('close', () => {
        this.#busy -= 1;
      });
      if (!this.intercept(request, response)) listener(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/push`;
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The numbers that were published, and a gap as text. */
export function numbersOf(items: readonly ClientItem[]): (number | string)[] {
  return items.map((item) => (item.kind === 'data' ? (item.data as number) : `gap ${item.reason}`));
}
