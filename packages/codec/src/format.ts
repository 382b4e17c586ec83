import type { Item } from '@cometkit/core';
import type { ControlEvent } from './fields.ts';

/** The formats: four of the original protocol, and the modern ones. */
export type FormatName =
  | 'js'
  | 'xml'
  | 'xml-strict'
  | 'json'
  | 'ndjson'
  | 'sse'
  | 'sse-subject'
  | 'sse-envelope'
  | 'json-array';

/** What one response adds to its frames. */
export interface ResponseContext {
  /** The nonce of the response's Content-Security-Policy, for `js`. Shape: base64 or base64url, up to 128 characters. */
  readonly nonce?: string | undefined;
}

/** The fields of an item that differ from session to session; classic formats only. */
export interface SessionFields {
  /** Number of the event in its response. Units: from 1 up. */
  readonly seq: number;
  /** Id of the subscription that matched. */
  readonly sid?: string | undefined;
  /** Label of that subscription. */
  readonly label?: string | undefined;
}

/**
 * How events lie on one response.
 *
 * A response is `prologue`, frames with `separator` between any two of them, `epilogue`. The frame of an item is
 * `head + shared`: `shared` is the same for all sessions, so its bytes are made once; `head` is short and never the same
 * twice. Modern formats have no head.
 */
export interface Format {
  /** Its name; classic ones are called so by `p_format`. */
  readonly name: FormatName;
  /** Value of the Content-Type header. */
  readonly contentType: string;
  /** True for the flat text fields of the original protocol, false for JSON. */
  readonly classic: boolean;
  /** True when items carry their cursor, so that their reader keeps its place in the log. */
  readonly cursors: boolean;
  /** True when each response numbers its events, so that frames belong to one session. */
  readonly numbered: boolean;
  /** True when a client can read events from a response that has not ended. */
  readonly streamable: boolean;
  /** What stands between two frames. */
  readonly separator: string;
  /**
   * What a response begins with.
   *
   * @throws {TypeError} — the nonce is not one.
   */
  prologue(context?: ResponseContext): string;
  /** What an ended response ends with; a stream that breaks off does without. */
  epilogue(context?: ResponseContext): string;
  /**
   * The whole frame of a protocol event.
   *
   * @throws {EncodeError} — `invalid-event`, `invalid-name`, `reserved-name`, `duplicate-name`, `invalid-number` for what
   * no format carries; `invalid-text` where this one cannot carry a value; in `js` also `missing-field` and
   * `invalid-url` for a `refresh`.
   */
  control(event: ControlEvent, context?: ResponseContext): string;
  /**
   * The part of an item's frame that all sessions share.
   *
   * Errors: none; what a classic format cannot carry goes as one field `data` of JSON text.
   */
  shared(item: Item): string;
  /**
   * The part of an item's frame that belongs to one session and comes before the shared one.
   *
   * Shape: empty in modern formats.
   * Errors: none; characters of a label that the format cannot carry become U+FFFD.
   */
  head(item: Item, session: SessionFields, context?: ResponseContext): string;
}

/** A format of single frames, of which each is a message of its own: with the properties of another, and nothing around them. */
export function withFrames(base: Format, frames: Pick<Format, 'control' | 'shared'>): Format {
  const { name, contentType, classic, cursors, numbered } = base;
  const nothing = () => '';
  return {
    ...{ name, contentType, classic, cursors, numbered, streamable: true, separator: '' },
    ...{ prologue: nothing, epilogue: nothing, head: nothing },
    ...frames,
  };
}

/** The whole frame of an item for one session: head and shared part. */
export function frameItem(
  format: Format,
  item: Item,
  session: SessionFields,
  context: ResponseContext = {},
): string {
  return format.head(item, session, context) + format.shared(item);
}
