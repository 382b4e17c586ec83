import type { Line } from './line.ts';
import type { World } from './world.ts';

// For small runs: so many bytes are told for each that is held, and outlets take 16 KiB for congestion.
const told = 16;
const highWater = 16_384;

/** The writing side of a server's socket, as `Duplex` has it: takes bytes at once, or holds them while nobody reads. */
export class LineStream {
  readonly #world: World;
  readonly #line: Line;
  readonly #held: { readonly bytes: Uint8Array; readonly done: (() => void) | undefined }[] = [];
  #heldBytes = 0;
  #stalledUntil = 0;
  #ended = false;

  constructor(world: World, line: Line) {
    this.#world = world;
    this.#line = line;
  }

  get writableLength(): number {
    return this.#heldBytes * told;
  }

  get writableEnded(): boolean {
    return this.#ended;
  }

  write(bytes: Uint8Array | string, done?: () => void): boolean {
    if (this.#ended) return false;
    const given = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    if (this.#held.length > 0 || this.#stalledUntil > this.#world.now) {
      this.#held.push({ bytes: given, done });
      this.#heldBytes += given.length;
      return this.writableLength < highWater;
    }
    this.#pass(given, done);
    return true;
  }

  /** Says that nothing follows what was written. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#held.length === 0) this.#line.finish('down');
  }

  /** From now on the reader takes nothing for a while. */
  stall(ms: number): void {
    this.#stalledUntil = this.#world.now + ms;
    this.#world.at(ms, () => this.#release());
  }

  #release(): void {
    if (this.#stalledUntil > this.#world.now) return;
    for (const { bytes, done } of this.#held.splice(0)) this.#pass(bytes, done);
    this.#heldBytes = 0;
    if (this.#ended) this.#line.finish('down');
  }

  #pass(bytes: Uint8Array, done: (() => void) | undefined): void {
    if (bytes.length > 0) this.#line.send('down', bytes);
    if (done !== undefined) this.#world.at(0, done);
  }
}
