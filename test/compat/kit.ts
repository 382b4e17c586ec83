import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Client, ClientItem, ClientOptions } from '@cometkit/client';
import * as thisClient from '@cometkit/client';
import type { Hub } from '@cometkit/node';
import * as thisServer from '@cometkit/node';
import * as previousClient from './previous/client.mjs';
import * as previousServer from './previous/server.mjs';

/** Clients and servers of this and of the previous version. What both have is all that is used here. */
const clients = { this: thisClient.createClient, previous: previousClient.createClient };
export const servers = {
  this: { createHub: thisServer.createHub, createNodeHandler: thisServer.createNodeHandler },
  previous: previousServer,
};
export type Version = keyof typeof clients;

/** A server of one version and a client of the other. */
export class Pair {
  hub!: Hub;
  readonly #client: Version;
  readonly #server: Version;
  readonly #clients: Client[] = [];
  readonly #sockets = new Set<Socket>();
  #listener!: ReturnType<typeof thisServer.createNodeHandler>;
  #http!: Server;
  #url = '';

  private constructor(client: Version, server: Version) {
    this.#client = client;
    this.#server = server;
  }

  static async start(client: Version, server: Version): Promise<Pair> {
    const pair = new Pair(client, server);
    await pair.#listen(0);
    return pair;
  }

  /** A client of this pair. */
  client(options: ClientOptions = {}): Client {
    const client = clients[this.#client](this.#url, options);
    this.#clients.push(client);
    return client;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends the server in order, as a deployment does, and starts another one at the same port with an empty log. */
  async restart(): Promise<void> {
    const { port } = this.#http.address() as AddressInfo;
    await this.#stop();
    await this.#listen(port);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#listener.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #listen(port: number): Promise<void> {
    const { createHub, createNodeHandler } = servers[this.#server];
    this.hub = createHub();
    this.#listener = createNodeHandler(this.hub, {
      path: '/push',
      authorize: { publish: true },
      pollWaitMs: { min: 5, max: 10 },
    });
    this.#http = createServer(this.#listener);
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/push`;
  }
}

/** The data of events, and the reasons of gaps. */
export function told(items: readonly ClientItem[]): unknown[] {
  return items.map((item) => (item.kind === 'data' ? item.data : `gap ${item.reason}`));
}
