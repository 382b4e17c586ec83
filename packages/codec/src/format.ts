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
  /** The nonce of the response's Content-Security-Policy, for `js`: base64 or base64url, up to 128 characters. */
  readonly nonce?: string | undefined;
}

/** The fields of an item that differ from session to session; classic formats only. */
export interface SessionFields {
  /** Number of the event in its response, from 1. */
  readonly seq: number;
  /** Id of the subscription that matched. */
  readonly sid?: string | undefined;
  /** Label of that subscription. */
  readonly label?: string | undefined;
}

/**
 * Encodes events and control messages for one response.
 *
 * A response is `prologue`, then frames with `separator` between them, then `epilogue`. The frame of an item is `head + shared`:
 * `shared` is the same for all sessions, so it is encoded once; `head` is short and differs each time. Modern formats have no
 * head.
 */
export interface Format {
  /** Its name; for classic formats also the value of `p_format`. */
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
  /** Text between two frames. */
  readonly separator: string;
  /**
   * Returns the text that a response begins with.
   *
   * @throws {TypeError} — the nonce is not valid.
   */
  prologue(context?: ResponseContext): string;
  /** Returns the text that a complete response ends with. A stream that is cut off lacks it. */
  epilogue(context?: ResponseContext): string;
  /**
   * Encodes the whole frame of a control event.
   *
   * @throws {EncodeError} `invalid-event`, `invalid-name`, `reserved-name`, `duplicate-name`, `invalid-number` — no format can
   *   carry it; `invalid-text` — this format cannot carry a value; `missing-field`, `invalid-url` — a `refresh` in `js`.
   */
  control(event: ControlEvent, context?: ResponseContext): string;
  /**
   * Encodes the part of an item's frame that all sessions share. It does not throw: a classic format sends data that it cannot
   * carry as one field `data` of JSON text.
   */
  shared(item: Item): string;
  /**
   * Encodes the part of an item's frame that belongs to one session and precedes the shared part. It does not throw: characters
   * of a label that the format cannot carry become U+FFFD.
   *
   * @returns an empty text in modern formats.
   */
  head(item: Item, session: SessionFields, context?: ResponseContext): string;
}

/** Makes a format whose frames are separate messages: it has the properties of `base`, and nothing around the frames. */
export function withFrames(base: Format, frames: Pick<Format, 'control' | 'shared'>): Format {
  const { name, contentType, classic, cursors, numbered } = base;
  const nothing = () => '';
  return {
    ...{ name, contentType, classic, cursors, numbered, streamable: true, separator: '' },
    ...{ prologue: nothing, epilogue: nothing, head: nothing },
    ...frames,
  };
}

/** Encodes the whole frame of an item for one session: head and shared part. */
export function frameItem(
  format: Format,
  item: Item,
  session: SessionFields,
  context: ResponseContext = {},
): string {
  return format.head(item, session, context) + format.shared(item);
}
