import type { Format } from '@cometkit/codec';
import type { CometEvent, Item } from '@cometkit/core';
import { encodeUtf8 } from './utf8.ts';

const slots = 256;
const mask = slots - 1;
// Longer texts are not cached, which keeps the cache below about 12 MiB for each format.
const longestKept = 16_384;

// Sessions with different subscriptions alternate in a flush: with only one cached batch, each batch would be joined
// again for each of them.
const keptBatches = 8;

interface Batch {
  readonly items: readonly Item[];
  readonly bytes: Uint8Array;
}

interface Slot {
  item: Item;
  text: string;
  bytes: Uint8Array | undefined;
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
 * The last 256 positions are cached. An older event, for a client that catches up, is encoded again.
 */
export class EncodeCache {
  readonly format: Format;
  /** Makes the bytes of texts of the format. */
  readonly encode: (text: string) => Uint8Array;
  readonly #traced: (event: CometEvent) => void;
  readonly #slots: (Slot | undefined)[] = new Array(slots).fill(undefined);
  readonly #batches: Batch[] = [];
  #nextBatch = 0;

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
   *   between.
   */
  batch(items: readonly Item[]): Uint8Array {
    for (const batch of this.#batches) if (isSame(items, batch.items)) return batch.bytes;
    const bytes = this.#join(items);
    this.#batches[this.#nextBatch] = { items, bytes };
    this.#nextBatch = (this.#nextBatch + 1) % keptBatches;
    return bytes;
  }

  /** Lets go of the batches that were shared. */
  release(): void {
    this.#batches.length = 0;
    this.#nextBatch = 0;
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
    if (item.kind === 'gap') return { item, text: this.format.shared(item), bytes: undefined };
    const index = item.position & mask;
    const held = this.#slots[index];
    if (held?.item === item) return held;
    if (item.traceparent !== undefined) this.#traced(item);
    const slot: Slot = { item, text: this.format.shared(item), bytes: undefined };
    if (slot.text.length <= longestKept) this.#slots[index] = slot;
    return slot;
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
}

function isSame(items: readonly Item[], others: readonly Item[]): boolean {
  if (items.length !== others.length) return false;
  for (let index = 0; index < items.length; index += 1) if (items[index] !== others[index]) return false;
  return true;
}
