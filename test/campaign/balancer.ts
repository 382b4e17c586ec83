import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it sends requests to. */
export interface Target {
  readonly port: number;
  readonly up: boolean;
}

/** A round robin: every request goes to the next node that is up. */
export class Balancer {
  readonly #targets: readonly Target[];
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  #next = 0;

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connections of all clients. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const up = this.#targets.filter((target) => target.up);
    const target = up[this.#next++ % Math.max(up.length, 1)];
    if (target === undefined) {
      answer.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    const { method, url, headers } = asked;
    const passed = request({
      host: '127.0.0.1',
      port: target.port,
      method,
      path: url,
      headers,
      agent: false,
    });
    passed.on('response', (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      answer.flushHeaders();
      came.on('error', () => answer.destroy());
      came.on('close', () => {
        if (!came.complete) answer.destroy();
      });
      came.pipe(answer);
    });
    passed.on('error', () => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
    answer.on('close', () => passed.destroy());
    asked.on('error', () => passed.destroy());
    asked.pipe(passed);
  }
}
