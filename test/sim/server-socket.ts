import { EventEmitter } from 'node:events';
import { closePayload, encodeFrame, FrameReader, opcodes } from './frames.ts';
import type { Line, LineEnd } from './line.ts';
import { LineStream } from './line-stream.ts';
import type { World } from './world.ts';

const open = 1;
const closing = 2;
const closed = 3;
// As `@cometkit/websocket` has it. Units: ms.
const closeTimeoutMs = 2000;
const nothing = new Uint8Array();

/**
 * The server's end of a simulated WebSocket: as much of `ws` and of the stream under it as `@cometkit/websocket` uses.
 *
 * @returns messages come while the socket is closing too, as those of `ws` do.
 */
export class ServerSocket implements LineEnd {
  readonly OPEN = open;
  readyState: number = open;
  isPaused = false;
  destroyed = false;
  readonly #world: World;
  readonly #line: Line;
  readonly #stream: LineStream;
  readonly #events = new EventEmitter();
  readonly #reader = new FrameReader();
  readonly #unread: (() => void)[] = [];
  #saidClose = false;
  #heardClose = false;

  constructor(world: World, line: Line) {
    this.#world = world;
    this.#line = line;
    this.#stream = new LineStream(world, line);
  }

  get writable(): boolean {
    return !this.destroyed && !this.#stream.writableEnded;
  }

  get writableLength(): number {
    return this.#stream.writableLength;
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.#events.on(event, (listener as (...args: unknown[]) => void).bind(this));
  }

  once(event: string, listener: (...args: never[]) => void): void {
    this.#events.once(event, (listener as (...args: unknown[]) => void).bind(this));
  }

  write(bytes: Uint8Array | string, done?: () => void): boolean {
    return this.#stream.write(bytes, done);
  }

  stall(ms: number): void {
    this.#stream.stall(ms);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.#unread.length > 0) this.#unread.shift()?.();
  }

  ping(): void {
    if (this.readyState === open) this.write(encodeFrame(opcodes.ping, nothing, false));
  }

  close(code: number): void {
    if (this.readyState !== open && !this.#heardClose) return;
    this.readyState = closing;
    if (!this.#saidClose) this.write(encodeFrame(opcodes.close, closePayload(code), false));
    this.#saidClose = true;
    if (this.#heardClose) this.#stream.end();
    this.#world.at(closeTimeoutMs, () => this.terminate());
  }

  terminate(): void {
    if (this.readyState === closed) return;
    this.readyState = closing;
    this.destroyed = true;
    this.#line.destroy('down');
    this.#world.at(0, () => this.#over());
  }

  bytes(chunk: Uint8Array): void {
    this.#take(() => this.#read(chunk));
  }

  finished(): void {
    this.#take(() => this.#end());
  }

  broken(): void {
    this.#over();
  }

  #take(task: () => void): void {
    if (this.isPaused) this.#unread.push(task);
    else task();
  }

  #end(): void {
    if (this.readyState === closed) return;
    this.readyState = closing;
    this.#stream.end();
    this.#world.at(0, () => this.#over());
  }

  #read(chunk: Uint8Array): void {
    this.#events.emit('data', chunk);
    for (const { opcode, payload } of this.#reader.feed(chunk)) {
      if (opcode === opcodes.text) this.#events.emit('message', new TextDecoder().decode(payload), false);
      else if (opcode === opcodes.close) {
        this.#heardClose = true;
        if (this.#saidClose) this.#stream.end();
        else this.close((payload[0] ?? 0) * 256 + (payload[1] ?? 0));
      }
    }
  }

  #over(): void {
    if (this.readyState === closed) return;
    this.readyState = closed;
    this.#events.emit('close');
  }
}
