/** What a node remembers of a message that it has read. */
export interface Line {
  /** Derived from the id of the message. */
  readonly tag: number;
  /** Entries in it; 0 when it was no frame. */
  readonly count: number;
}

const size = 16_384;

/** The messages that this node has read last, by their sequence: where a stream that was set back leaves what was read. */
export class Ledger {
  readonly #sequences = new Float64Array(size);
  readonly #tags = new Uint32Array(size);
  readonly #counts = new Uint16Array(size);
  #time = 0;

  /** When the newest message was taken by the server that this node has ever read; 0 when it has read none. */
  get time(): number {
    return this.#time;
  }

  /** @param time - when the server took the message, in Unix milliseconds. */
  note(sequence: number, { tag, count }: Line, time: number): void {
    this.#time = Math.max(this.#time, time);
    const at = sequence % size;
    this.#sequences[at] = sequence;
    this.#tags[at] = tag;
    this.#counts[at] = count;
  }

  at(sequence: number): Line | undefined {
    const at = sequence % size;
    const [tag, count] = [this.#tags[at], this.#counts[at]];
    if (sequence < 1 || this.#sequences[at] !== sequence || tag === undefined || count === undefined)
      return undefined;
    return { tag, count };
  }

  /** Forgets what comes after a sequence: it is read anew. */
  forget(after: number): void {
    for (const [at, sequence] of this.#sequences.entries()) if (sequence > after) this.#sequences[at] = 0;
  }
}

/** Hashes an id with FNV-1a and mixes it. @returns a 32-bit unsigned integer. */
export function tagOf(id: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1)
    value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
