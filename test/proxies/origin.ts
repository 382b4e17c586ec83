import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { comet } from '@cometkit/express';
import { attachWebSocket } from '@cometkit/websocket';
import express from 'express';
import { silenceMs } from './programs.ts';

// Three in the time after which a proxy gives up.
const heartbeatMs = silenceMs / 3;

// What the proxy adds stands last.
const lastForwarded = ({ headers, socket }: http.IncomingMessage): string =>
  String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim() || String(socket.remoteAddress);

/** The server behind a proxy: Express with CometKit and WebSocket. It can go away and come back. */
export class Origin {
  /** Addresses of those who joined, in their order. */
  readonly addresses: string[] = [];
  readonly push = comet({
    hub: { heartbeatMs },
    modernHeartbeatMs: heartbeatMs,
    longPollWaitMs: { min: 5, max: 10 },
    logger: false,
    authorize: {
      join: ({ request }) => {
        this.addresses.push(request.address);
        return true;
      },
    },
  });
  readonly #server: http.Server;
  readonly #sockets: ReturnType<typeof attachWebSocket>;
  readonly #upgraded = new Set<Duplex>();
  #port = 0;

  private constructor() {
    const app = express().set('trust proxy', 1);
    app.get('/push', ({ query }, _response, next) => 'silent' in query || next());
    app.use('/push', this.push);
    this.#server = http.createServer(app);
    this.#server.on('upgrade', (_request, socket) => this.#upgraded.add(socket));
    this.#sockets = attachWebSocket(this.#server, this.push, {
      pingMs: heartbeatMs,
      address: lastForwarded,
    });
  }

  static async start(): Promise<Origin> {
    const origin = new Origin();
    await origin.#listen();
    return origin;
  }

  get port(): number {
    return this.#port;
  }

  /** Cuts every connection and refuses new ones for a while. What is published meanwhile waits for its readers. */
  async beAway(ms: number): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#cutSockets();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.#listen();
  }

  async close(): Promise<void> {
    await this.push.close();
    await this.#sockets.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  // The server of node:http no longer counts a connection that became a WebSocket.
  #cutSockets(): void {
    for (const socket of this.#upgraded) socket.destroy();
    this.#upgraded.clear();
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}
