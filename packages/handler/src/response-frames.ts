import type { ControlEvent, Format, ResponseContext } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import { control } from './call.ts';
import type { EncodeCache } from './encode-cache.ts';

// The one record that a numbered frame's own fields are handed over in: it is read at once and never kept.
const own: { seq: number; sid: string | undefined; label: string | undefined } = {
  seq: 0,
  sid: undefined,
  label: undefined,
};

const nothing = new Uint8Array(0);

// Frames that are not numbered are the same for every response: one object for all that are open.
const shared = new WeakMap<EncodeCache, ResponseFrames>();

/** The frames of a response that begins now. `nonce` is that of its scripts, if it has any. */
export function framesOf(encoder: EncodeCache, nonce: string | undefined): ResponseFrames {
  // The separator between two frames depends on the response.
  if (encoder.format.numbered || encoder.format.separator !== '') return new ResponseFrames(encoder, nonce);
  const known = shared.get(encoder);
  if (known !== undefined) return known;
  const frames = new ResponseFrames(encoder, undefined);
  shared.set(encoder, frames);
  return frames;
}

/**
 * Makes the frames of one response as text: numbers the events and adds the separators.
 *
 * @remarks
 * `seq` starts at 1 in every response and only exists in numbered formats; acknowledgements have none.
 */
export class ResponseFrames {
  readonly format: Format;
  readonly #encoder: EncodeCache;
  readonly #context: ResponseContext;
  #seq = 0;
  #separator = '';
  #beatTime = Number.NaN;
  #beat: Uint8Array = nothing;

  constructor(encoder: EncodeCache, nonce: string | undefined) {
    this.format = encoder.format;
    this.#encoder = encoder;
    this.#context = { nonce };
  }

  /** What the response begins with. */
  begin(): string {
    return this.format.prologue(this.#context);
  }

  /** What it ends with. */
  end(): string {
    return this.format.epilogue(this.#context);
  }

  /** An event that is not numbered. */
  control(event: ControlEvent): string {
    return this.#separated(this.format.control(event, this.#context));
  }

  /** A control event that counts as one of the response: `hb`, `abort`. */
  numbered(event: ControlEvent): string {
    if (!this.format.numbered) return this.control(event);
    this.#seq += 1;
    return this.control({ event: event.event, fields: [...event.fields, ['seq', this.#seq]] });
  }

  /** A heartbeat. Unit of `time`: Unix milliseconds. */
  heartbeat(time: number): string {
    return this.numbered(control('heartbeat', [['time', time]]));
  }

  /** The same as bytes, which all share that are sent one at the same time: sessions that are idle together, as a rule. */
  heartbeatBytes(time: number): Uint8Array {
    if (this.format.numbered) return this.#encoder.encode(this.heartbeat(time));
    if (this.#beatTime !== time) this.#beat = this.#encoder.encode(this.heartbeat(time));
    this.#beatTime = time;
    return this.#beat;
  }

  /** The frames of items, with the subscription that each came by in numbered formats. */
  items(items: readonly Item[], session: Session | undefined): string {
    let text = '';
    for (const item of items) text += this.#item(item, session);
    return text;
  }

  /** The same as bytes, which all sessions share unless they are numbered. */
  bytes(items: readonly Item[], session: Session): Uint8Array {
    if (!this.format.numbered) return this.#encoder.batch(items);
    return this.#encoder.encode(this.items(items, session));
  }

  #item(item: Item, session: Session | undefined): string {
    const shared = this.#encoder.text(item);
    if (!this.format.numbered) return this.#separated(shared);
    const matched =
      item.kind === 'data' && item.scope === 'subject' ? session?.subscriptionFor(item.subject) : undefined;
    this.#seq += 1;
    own.seq = this.#seq;
    own.sid = matched?.id;
    own.label = matched?.label;
    return this.#separated(this.format.head(item, own, this.#context) + shared);
  }

  #separated(frame: string): string {
    const text = this.#separator + frame;
    this.#separator = this.format.separator;
    return text;
  }
}
