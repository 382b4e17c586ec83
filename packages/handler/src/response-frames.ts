import type { ControlEvent, Format, ResponseContext } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import { control } from './call.ts';
import type { EncodeCache } from './encode-cache.ts';

// One record, reused for the fields of every numbered frame: it is read immediately and never kept.
const own: { seq: number; sid: string | undefined; label: string | undefined } = {
  seq: 0,
  sid: undefined,
  label: undefined,
};

const nothing = new Uint8Array(0);

// Unnumbered frames are the same for every response, so all open ones share one object.
const shared = new WeakMap<EncodeCache, ResponseFrames>();

/**
 * Returns the frames of a new response.
 *
 * @param nonce - the nonce of its scripts, if it has any.
 */
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

  /** Makes the beginning of the response. */
  begin(): string {
    return this.format.prologue(this.#context);
  }

  /** Makes the end of the response. */
  end(): string {
    return this.format.epilogue(this.#context);
  }

  /** Makes a control event that is not numbered. */
  control(event: ControlEvent): string {
    return this.#separated(this.format.control(event, this.#context));
  }

  /** Makes a control event that is numbered: `hb`, `abort`. */
  numbered(event: ControlEvent): string {
    if (!this.format.numbered) return this.control(event);
    this.#seq += 1;
    return this.control({ event: event.event, fields: [...event.fields, ['seq', this.#seq]] });
  }

  /**
   * Makes a heartbeat.
   *
   * @param time - in Unix milliseconds.
   */
  heartbeat(time: number): string {
    return this.numbered(control('heartbeat', [['time', time]]));
  }

  /** Makes a heartbeat as bytes, shared by all sessions that get one at the same time. */
  heartbeatBytes(time: number): Uint8Array {
    if (this.format.numbered) return this.#encoder.encode(this.heartbeat(time));
    if (this.#beatTime !== time) this.#beat = this.#encoder.encode(this.heartbeat(time));
    this.#beatTime = time;
    return this.#beat;
  }

  /** Makes the frames of items; in numbered formats with the subscription that each matched. */
  items(items: readonly Item[], session: Session | undefined): string {
    let text = '';
    for (const item of items) text += this.#item(item, session);
    return text;
  }

  /** Makes the frames of items as bytes, shared by all sessions unless the frames are numbered. */
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
