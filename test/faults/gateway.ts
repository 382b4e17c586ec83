import net, { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Toxic } from './toxics.ts';

const badGateway = 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops';
// How long a bad proxy keeps the client waiting before it drops it. Units: ms.
const givesUpMs = 800;

/** A connection that carries one request, which the proxy reads to its end before it spoils something. */
export class Gateway {
  readonly client: Socket;
  readonly #port: number;
  readonly #toxic: Toxic;
  readonly #servers: Socket[] = [];
  #request = Buffer.alloc(0);
  #begun = false;

  constructor(client: Socket, port: number, toxic: Toxic, struck: () => void) {
    this.client = client;
    this.#port = port;
    this.#toxic = toxic;
    client.setNoDelay(true).on('error', () => undefined);
    client.on('data', (chunk) => {
      this.#request = Buffer.concat([this.#request, chunk]);
      if (this.#begun || !isWhole(this.#request)) return;
      this.#begun = true;
      struck();
      void this.#serve();
    });
    client.on('close', () => {
      // What loses answers or sends twice goes on without its client.
      if (toxic.kind === 'buffer') for (const server of this.#servers) server.destroy();
    });
  }

  reset(): void {
    for (const socket of [this.client, ...this.#servers]) socket.destroy();
  }

  async #serve(): Promise<void> {
    const { kind, delayMs } = this.#toxic;
    if (kind === 'bad-gateway') this.client.end(badGateway);
    else if (kind === 'lose-request') await this.#giveUp(givesUpMs);
    else if (kind === 'swallow') {
      this.#ask().resume();
      await this.#giveUp(delayMs * 2);
    } else if (kind === 'bad-gateway-late') {
      const server = this.#ask().resume();
      await sleep(delayMs);
      server.destroy();
      this.client.end(badGateway);
    } else if (kind === 'repeat') {
      const first = this.#ask().resume();
      await sleep(delayMs / 4);
      first.destroy();
      this.#passOn(this.#ask());
    } else if (kind === 'echo') {
      this.#passOn(this.#ask());
      await sleep(delayMs);
      const second = this.#ask().resume();
      await sleep(delayMs);
      second.destroy();
    } else this.#collect(this.#ask());
  }

  /** Sends the request to the server, over a connection of its own. */
  #ask(): Socket {
    const server = net.connect(this.#port, '127.0.0.1').on('error', () => undefined);
    this.#servers.push(server);
    server.write(closing(this.#request));
    return server;
  }

  #passOn(server: Socket): void {
    server.on('data', (chunk) => this.client.write(chunk));
    server.on('end', () => this.client.end());
    server.on('close', () => this.client.destroy());
    this.client.on('close', () => server.destroy());
  }

  #collect(server: Socket): void {
    const chunks: Buffer[] = [];
    server.on('data', (chunk) => chunks.push(chunk));
    server.on('end', () => this.client.end(Buffer.concat(chunks)));
  }

  async #giveUp(afterMs: number): Promise<void> {
    await sleep(afterMs);
    this.reset();
  }
}

function isWhole(request: Buffer): boolean {
  const head = request.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(request.toString('latin1', 0, head));
  return request.length >= head + 4 + Number(length?.[1] ?? 0);
}

// So that the end of the answer is the end of the connection.
function closing(request: Buffer): Buffer {
  const head = request.indexOf('\r\n\r\n');
  const lines = request
    .toString('latin1', 0, head)
    .split('\r\n')
    .filter((line) => !/^connection:/i.test(line));
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\nconnection: close`, 'latin1'),
    request.subarray(head),
  ]);
}
