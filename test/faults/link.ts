import net, { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Toxic } from './toxics.ts';

/** One connection through the proxy, whose bytes pass untouched but for its fault. */
export class Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly #draw: () => Toxic | undefined;
  readonly #struck: (toxic: Toxic) => void;
  #toxic: Toxic | undefined;
  #shown = false;
  /** Bytes of the answer since the fault was drawn. */
  #passed = 0;
  #silent = false;
  /** The last piece on its way to the client: the next one waits for it. */
  #down: Promise<unknown> = Promise.resolve();
  #heldUntil = 0;

  /** Each request draws, until a fault comes; `struck` is called when it shows. */
  constructor(client: Socket, port: number, draw: () => Toxic | undefined, struck: (toxic: Toxic) => void) {
    this.client = client;
    this.#draw = draw;
    this.#struck = struck;
    this.server = net.connect(port, '127.0.0.1');
    for (const socket of [this.client, this.server]) socket.setNoDelay(true).on('error', () => undefined);
    client.on('data', (chunk) => this.#request(chunk));
    this.server.on('data', (chunk) => this.#answer(chunk));
    client.on('close', () => this.#silent || this.server.destroy());
    this.server.on('end', () => void this.#down.then(() => this.#silent || client.end()));
    this.server.on('close', () => void this.#down.then(() => this.#silent || client.destroy()));
  }

  get open(): boolean {
    return !this.client.destroyed && !this.server.destroyed && !this.#silent;
  }

  /** Drops the connection with a reset on both sides. */
  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  /** Ends it cleanly. */
  end(): void {
    this.client.end();
    this.server.destroy();
  }

  /** From now on nothing passes, and nobody is told. */
  silence(): void {
    this.#silent = true;
  }

  /** Holds everything back for a while. */
  hold(ms: number): void {
    this.#heldUntil = performance.now() + ms;
  }

  #request(chunk: Buffer): void {
    if (this.#silent) return;
    if (this.#toxic === undefined || this.#shown) {
      this.#toxic = this.#draw();
      this.#shown = false;
      this.#passed = 0;
    }
    this.server.write(chunk);
  }

  #show(): void {
    if (this.#toxic !== undefined && !this.#shown) this.#struck(this.#toxic);
    this.#shown = true;
  }

  #answer(chunk: Buffer): void {
    if (this.#silent) return;
    const before = this.#passed;
    this.#passed += chunk.length;
    const { kind, at } = this.#toxic ?? { kind: undefined, at: 0 };
    const acts = kind === 'reset' || kind === 'reset-client' || kind === 'end' || kind === 'half-open';
    if (!acts || this.#passed <= at) {
      this.#pass(chunk);
      return;
    }
    this.#pass(chunk.subarray(0, Math.max(0, at - before)));
    this.#silent = true;
    this.#show();
    void this.#down.then(() => this.#break(kind));
  }

  #break(kind: 'reset' | 'reset-client' | 'end' | 'half-open'): void {
    if (kind === 'reset') this.reset();
    else if (kind === 'reset-client') this.client.resetAndDestroy();
    else if (kind === 'end') this.end();
  }

  #pass(chunk: Buffer): void {
    if (chunk.length > 0) this.#down = this.#down.then(() => this.#send(chunk));
  }

  async #send(chunk: Buffer): Promise<void> {
    const { kind, delayMs = 0 } = this.#toxic ?? {};
    const held = this.#heldUntil - performance.now();
    if (held > 0) await sleep(held);
    if (kind === 'delay') {
      this.#show();
      await sleep(Math.random() * delayMs);
    }
    // Enough to cut through heads and events; not the whole life of a stream.
    if (kind !== 'slice' || this.#passed > 6000) {
      this.client.write(chunk);
      return;
    }
    this.#show();
    for (const byte of chunk) {
      this.client.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
  }
}
