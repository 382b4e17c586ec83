import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Comet, type CometOptions, comet } from '@cometkit/express';
import express from 'express';
import type { Accepted } from '../sim/oracle.ts';

/** An Express app with push at `/push`, and a record of all that its log has taken in. */
export class FaultServer {
  readonly push: Comet;
  readonly accepted: Accepted[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #published = 0;

  private constructor(options: CometOptions) {
    this.push = comet({
      authorize: { publish: true },
      longPollWaitMs: { min: 0, max: 20 },
      pollWaitMs: { min: 100, max: 300 },
      ...options,
    });
    this.#record();
    const app = express();
    app.use('/push', this.push);
    this.#server = createServer(app);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: CometOptions = {}): Promise<FaultServer> {
    const server = new FaultServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  get epoch(): string {
    return this.push.hub.cursor().split('-')[0] ?? '';
  }

  /** Publishes the next event. @returns its number. */
  publish(subject: string): number {
    this.#published += 1;
    this.push.hub.publish(subject, { id: this.#published, at: performance.now() });
    return this.#published;
  }

  async close(): Promise<void> {
    await this.push.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  // One that is published again under its message id is not taken in again: its cursor is known.
  #record(): void {
    const { hub } = this.push;
    const publish = hub.publish.bind(hub);
    const known = new Set<string>();
    hub.publish = (subject, data, options) => {
      const event = publish(subject, data, options);
      const { id } = data as { id: number | string };
      if (!known.has(event.cursor)) this.accepted.push({ id, cursor: event.cursor, subject });
      known.add(event.cursor);
      return event;
    };
  }
}
