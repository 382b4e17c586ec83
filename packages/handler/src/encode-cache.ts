import type { Format } from '@cometkit/codec';
import type { CometEvent, Item } from '@cometkit/core';
import { RecentBytes } from './recent-bytes.ts';
import { encodeUtf8 } from './utf8.ts';

const slots = 256;
const mask = slots - 1;
// Longer texts are not cached, which keeps the cache below about 12 MiB for each format.
const longestKept = 16_384;

// Sessions with different subscriptions alternate in a flush: with only one cached batch, each batch would be joined
// again for each of them.
const keptBatches = 8;

// What is kept for those who catch up, for each format: older events, and batches with at least so many bytes. They come back for
// the next batch when the kernel has taken one, each in its own time: the first of a crowd are at the end when the last have hardly begun,
// so what all of them pass through has to fit into half of this. In bytes.
const pastBytes = 8_388_608;
const joinedBytes = 16_777_216;
const largeBatch = 16_384;
// What an object and its two copies take beside their characters. In bytes.
const slotBytes = 300;

interface Batch {
  readonly items: readonly Item[];
  readonly bytes: Uint8Array;
}

interface Slot {
  item: Item;
  text: string;
  bytes: Uint8Array | undefined;
}

function bytesOfSlot({ text }: Slot): number {
  return text.length * 3 + slotBytes;
}

/** A format whose bytes are not simply its text in UTF-8: each text is framed by its medium. */
export interface EncodedFormat extends Format {
  /** Makes the bytes of one or more whole texts. */
  encode(text: string): Uint8Array;
}

/**
 * Encodes each event once per format, however many sessions receive it.
 *
 * @remarks
 * The last 256 positions are cached, and for clients that catch up 8 MiB of older events and 16 MiB of large batches.
 */
export class EncodeCache {
  readonly format: Format;
  /** Makes the bytes of texts of the format. */
  readonly encode: (text: string) => Uint8Array;
  readonly #traced: (event: CometEvent) => void;
  readonly #slots: (Slot | undefined)[] = new Array(slots).fill(undefined);
  readonly #batches: Batch[] = [];
  #nextBatch = 0;
  readonly #past = new RecentBytes<Slot>(pastBytes);
  readonly #joined = new RecentBytes<Batch>(joinedBytes);
  #newest = 0;

  /** @param traced - gets each event with a `traceparent` when it is encoded. */
  constructor(format: Format | EncodedFormat, traced: (event: CometEvent) => void = () => undefined) {
    this.format = format;
    this.#traced = traced;
    this.encode = 'encode' in format ? format.encode : encodeUtf8;
  }

  /** The part of an item's frame that all sessions share. */
  text(item: Item): string {
    return this.#slot(item).text;
  }

  /**
   * Encodes a batch, for formats whose frames are the same for every session.
   *
   * @returns the bytes; the same array for callers that ask for the same items in one flush, unless many others come in
   *   between; for large batches also in later ones.
   */
  batch(items: readonly Item[]): Uint8Array {
    for (const batch of this.#batches) if (isSame(items, batch.items)) return batch.bytes;
    const batch = this.#recall(items) ?? this.#make(items);
    this.#batches[this.#nextBatch] = batch;
    this.#nextBatch = (this.#nextBatch + 1) % keptBatches;
    return batch.bytes;
  }

  /** Lets go of the batches that were shared in one flush. */
  release(): void {
    this.#batches.length = 0;
    this.#nextBatch = 0;
  }

  /** True while something is kept for clients that catch up. */
  get holdsPast(): boolean {
    return this.#past.size + this.#joined.size > 0;
  }

  /** Lets go of what is kept for clients that catch up and was not asked for since the last but one call. */
  agePast(): void {
    this.#past.age();
    this.#joined.age();
  }

  #recall(items: readonly Item[]): Batch | undefined {
    if (this.#joined.size === 0 || items.length < 2) return undefined;
    const batch = this.#joined.get(keyOf(items));
    return batch !== undefined && isSame(items, batch.items) ? batch : undefined;
  }

  #make(items: readonly Item[]): Batch {
    const batch = { items, bytes: this.#join(items) };
    const { length } = batch.bytes;
    // With the copy in which an adapter frames it.
    if (items.length > 1 && length >= largeBatch) this.#joined.set(keyOf(items), batch, 2 * length);
    return batch;
  }

  #join(items: readonly Item[]): Uint8Array {
    const [only] = items;
    if (items.length === 1 && only !== undefined) return this.#bytes(only);
    const parts = items.map((item) => this.#bytes(item));
    const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }

  #bytes(item: Item): Uint8Array {
    const slot = this.#slot(item);
    slot.bytes ??= this.encode(slot.text);
    return slot.bytes;
  }

  #slot(item: Item): Slot {
    if (item.kind === 'gap') return this.#slotFor(item);
    const { position } = item;
    if (position <= this.#newest - slots) return this.#pastSlot(item);
    const held = this.#slots[position & mask];
    if (held?.item === item) return held;
    if (position > this.#newest) this.#newest = position;
    const slot = this.#encoded(item);
    if (slot.text.length <= longestKept) this.#slots[position & mask] = slot;
    return slot;
  }

  #pastSlot(event: CometEvent): Slot {
    const held = this.#past.get(event.position);
    if (held?.item === event) return held;
    const slot = this.#encoded(event);
    this.#past.set(event.position, slot, bytesOfSlot(slot));
    return slot;
  }

  #encoded(event: CometEvent): Slot {
    if (event.traceparent !== undefined) this.#traced(event);
    return this.#slotFor(event);
  }

  #slotFor(item: Item): Slot {
    return { item, text: this.format.shared(item), bytes: undefined };
  }
}

/** The encoders of one handler, one for each format that is in use. */
export class Encoders {
  readonly #byFormat = new Map<Format, EncodeCache>();
  readonly #traced: (event: CometEvent) => void;

  /** @param traced - gets each event with a `traceparent` when it is encoded. */
  constructor(traced: (event: CometEvent) => void) {
    this.#traced = traced;
  }

  /** The encoder of a format. */
  of(format: Format): EncodeCache {
    let encoder = this.#byFormat.get(format);
    if (encoder === undefined) {
      encoder = new EncodeCache(format, this.#traced);
      this.#byFormat.set(format, encoder);
    }
    return encoder;
  }

  /** Lets go of the batches that were shared in the flush that is over. */
  release(): void {
    for (const encoder of this.#byFormat.values()) encoder.release();
  }

  /** True while something is kept for clients that catch up. */
  get holdPast(): boolean {
    for (const encoder of this.#byFormat.values()) if (encoder.holdsPast) return true;
    return false;
  }

  /** Lets go of what is kept for clients that catch up and was not asked for since the last but one call. */
  agePast(): void {
    for (const encoder of this.#byFormat.values()) encoder.agePast();
  }
}

// Of batches with the same ends the last counts.
function keyOf(items: readonly Item[]): number {
  const first = placeOf(items[0]);
  return first * 1_048_576 + (placeOf(items.at(-1)) - first);
}

function placeOf(item: Item | undefined): number {
  if (item === undefined) return 0;
  return item.kind === 'gap' ? item.to : item.position;
}

function isSame(items: readonly Item[], others: readonly Item[]): boolean {
  if (items.length !== others.length) return false;
  for (let index = 0; index < items.length; index += 1) if (items[index] !== others[index]) return false;
  return true;
}
