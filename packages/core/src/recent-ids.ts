const leastSlots = 8;

/**
 * Remembers the newest of many ids, and a few numbers with each. It keeps hashes of 64 bits, so that an id of 64 characters takes
 * 8 bytes, and whatever text it was cut out of nothing.
 *
 * @remarks Two of a thousand ids have the same hash once in 37 million million times. An id is found by a walk through the hashes, newest
 *   first.
 * @internal
 */
export class RecentIds {
  readonly #most: number;
  readonly #width: number;
  #words: Uint32Array;
  // How many were ever added since the room last grew; the newest is in the slot before.
  #added = 0;

  /**
   * @param most - how many ids are kept at most: 8 times a power of 2.
   * @param width - how many 32-bit numbers are kept with each.
   */
  constructor(most: number, width: number = 0) {
    this.#most = most;
    this.#width = width + 2;
    this.#words = new Uint32Array(leastSlots * this.#width);
  }

  /** How many ids there is room for now. */
  get slots(): number {
    return this.#words.length / this.#width;
  }

  /** What it takes in memory, in bytes. */
  get bytes(): number {
    return headerBytes + this.#words.byteLength;
  }

  /** Finds the slot of an id, a number from 0 on. @returns undefined when it is not among the newest. */
  find(id: string): number | undefined {
    const [low, high] = hashesOf(id);
    const words = this.#words;
    const { slots } = this;
    const held = Math.min(this.#added, slots);
    for (let back = 1; back <= held; back += 1) {
      const slot = (this.#added - back) % slots;
      const at = slot * this.#width;
      if (words[at] === low && words[at + 1] === high) return slot;
    }
    return undefined;
  }

  /**
   * Adds an id as the newest, in the place of the oldest when there is no room for more.
   *
   * @param room - bytes that it may take; at least the first eight ids are kept.
   * @returns its slot.
   */
  add(id: string, room: number): number {
    if (this.#added === this.slots && this.slots < this.#most && this.bytes * 2 <= room) this.#grow();
    const slot = this.#added % this.slots;
    this.#added += 1;
    const [low, high] = hashesOf(id);
    this.#words[slot * this.#width] = low;
    this.#words[slot * this.#width + 1] = high;
    return slot;
  }

  /** Reads one of the numbers that are kept with an id. */
  read(slot: number, which: number): number {
    return this.#words[slot * this.#width + 2 + which] ?? 0;
  }

  /** Keeps one of the numbers that belong to an id: 32 bits of it. */
  write(slot: number, which: number, value: number): void {
    this.#words[slot * this.#width + 2 + which] = value;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}

// The object, its array and the buffer of that, measured on 64-bit V8.
const headerBytes = 320;

/** Hashes an id twice, with FNV-1a and with a multiplier of its own for each character, and mixes both as MurmurHash3 does. */
function hashesOf(id: string): readonly [number, number] {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) + (high >>> 15);
  }
  return [mixed(low ^ (high >>> 7)), mixed(high)];
}

/** Hashes an id to 30 bits, which V8 stores without an object. */
export function hashOf(id: string): number {
  return hashesOf(id)[0] >>> 2;
}

function mixed(value: number): number {
  const one = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const two = Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return (two ^ (two >>> 16)) >>> 0;
}
