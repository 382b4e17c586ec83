import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

const host = '127.0.0.1';

/** What a round robin sends requests to. */
export interface Target {
  readonly port: number;
  readonly up: boolean;
}

/** A balancer without memory: every request and every upgrade goes to the next target that is up. */
export class RoundRobin {
  readonly #targets: readonly Target[];
  readonly #server: Server = createServer((asked, answer) => this.#pass(asked, answer));
  readonly #upgraded = new Set<Duplex>();
  #next = 0;

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    this.#server.on('upgrade', (asked, socket, head) => this.#upgrade(asked, socket, head));
  }

  /** Listens on a free port of the loopback. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, host, resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connections of all clients. */
  cut(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #target(): Target | undefined {
    const up = this.#targets.filter((target) => target.up);
    return up[this.#next++ % Math.max(up.length, 1)];
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const target = this.#target();
    if (target === undefined) {
      answer.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    const { method, url, headers } = asked;
    const passed = request({ host, port: target.port, method, path: url, headers, agent: false });
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

  #upgrade({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = this.#target();
    if (target === undefined) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const passed = connect(target.port, host);
    this.#together(socket, passed);
    let lines = `${method} ${url} HTTP/1.1\r\n`;
    for (let at = 0; at < rawHeaders.length; at += 2) lines += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
    passed.write(`${lines}\r\n`);
    passed.write(head);
    passed.pipe(socket).pipe(passed);
  }

  // When one of them ends, so does the other.
  #together(socket: Duplex, passed: Duplex): void {
    this.#upgraded.add(socket);
    socket.on('error', () => passed.destroy()).on('close', () => passed.destroy());
    socket.on('close', () => this.#upgraded.delete(socket));
    passed.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  }
}
