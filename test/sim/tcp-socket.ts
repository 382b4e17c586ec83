import { EventEmitter } from 'node:events';
import type { Line, LineEnd } from './line.ts';
import { LineStream } from './line-stream.ts';
import type { World } from './world.ts';

// As `@cometkit/socket` has it. Units: ms.
const lingerMs = 1000;

/** The server's end of a simulated TCP connection: as much of a socket of Node as `@cometkit/socket` uses. */
export class TcpSocket implements LineEnd {
  readonly remoteAddress = '127.0.0.1';
  readonly localPort = 0;
  destroyed = false;
  closed = false;
  readonly #world: World;
  readonly #line: Line;
  readonly #stream: LineStream;
  readonly #events = new EventEmitter();
  readonly #unread: (() => void)[] = [];
  #paused = false;
  #cancelTimeout: () => void = () => undefined;

  constructor(world: World, line: Line) {
    this.#world = world;
    this.#line = line;
    this.#stream = new LineStream(world, line);
  }

  get writableLength(): number {
    return this.#stream.writableLength;
  }

  get writable(): boolean {
    return !this.destroyed && !this.#stream.writableEnded;
  }

  get writableEnded(): boolean {
    return this.#stream.writableEnded;
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.#events.on(event, listener as (...args: unknown[]) => void);
  }

  // The timer of the linger would be a real one: `finish` is not told, and the time runs here.
  once(event: string, listener: (...args: never[]) => void): void {
    if (event !== 'finish') this.#events.once(event, listener as (...args: unknown[]) => void);
  }

  off(event: string, listener: (...args: never[]) => void): void {
    this.#events.off(event, listener as (...args: unknown[]) => void);
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  setTimeout(ms: number, listener?: () => void): void {
    this.#cancelTimeout();
    if (ms > 0) this.#cancelTimeout = this.#world.at(ms, () => listener?.());
  }

  write(bytes: Uint8Array | string, done?: () => void): boolean {
    return this.#stream.write(bytes, done);
  }

  stall(ms: number): void {
    this.#stream.stall(ms);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && this.#unread.length > 0) this.#unread.shift()?.();
  }

  end(): void {
    this.#stream.end();
    this.#world.at(lingerMs, () => this.destroy());
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#line.destroy('down');
    this.#world.at(0, () => this.#over());
  }

  bytes(chunk: Uint8Array): void {
    this.#take(() => this.#events.emit('data', Buffer.from(chunk)));
  }

  finished(): void {
    this.#take(() => this.#events.emit('end'));
  }

  broken(): void {
    this.destroyed = true;
    this.#over();
  }

  #take(task: () => void): void {
    if (this.#paused) this.#unread.push(task);
    else if (!this.destroyed) task();
  }

  #over(): void {
    if (this.closed) return;
    this.closed = true;
    this.#cancelTimeout();
    this.#events.emit('close');
  }
}
