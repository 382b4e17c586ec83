import type { ControlEvent } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import type { EncodeCache } from '../encode-cache.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { placeFields } from './place-fields.ts';

/**
 * The size that the first write of a stream stays below, in bytes.
 *
 * @remarks
 * A compressing proxy decides by the size of the first write whether to compress, and buffers what it compresses: the
 * `encode` directive of Caddy does from 512 bytes.
 *
 * @see https://caddyserver.com/docs/caddyfile/directives/encode
 */
const firstWriteBytes = 512;

/**
 * The pause after a first write that does not contain everything, in milliseconds, so that a proxy does not read both
 * writes as one.
 */
export const openingPauseMs = 10;

/** The content of the opening frames. */
export interface Opening {
  readonly ack: ControlEvent;
  /** Past events that the client asked for. */
  readonly past: readonly Item[];
  /** How long the stream may be silent, in milliseconds. */
  readonly idleMs: number;
}

/** The opening frames of a stream as bytes: what is written immediately, and what follows after a pause. */
export interface OpeningFrames {
  readonly first: Uint8Array;
  /** @defaultValue undefined: the first write contains everything. */
  readonly rest: Uint8Array | undefined;
}

/**
 * Makes the opening frames of a stream: its head, the acknowledgement, a heartbeat, and past events if any.
 *
 * @param frames - the frames of the stream.
 * @param encoder - encodes them.
 * @param handler - provides the time and the limits.
 * @param session - the session of the stream.
 * @param opening - the content.
 * @returns everything in one piece if it is small, otherwise as many whole frames as fit into a small first write, and
 *   the rest.
 */
export function openingFrames(
  frames: ResponseFrames,
  encoder: EncodeCache,
  handler: HandlerContext,
  session: Session,
  { ack, past, idleMs }: Opening,
): OpeningFrames {
  const place = frames.format.cursors ? placeFields(session, idleMs, handler.hub.limits) : [];
  const parts = [
    frames.begin(),
    frames.control({ event: ack.event, fields: [...ack.fields, ...place] }),
    frames.heartbeat(handler.time),
    frames.items(past, session),
  ];
  const whole = encoder.encode(parts.join(''));
  if (whole.length < firstWriteBytes) return { first: whole, rest: undefined };
  return split(parts, encoder);
}

function split(parts: readonly string[], encoder: EncodeCache): OpeningFrames {
  let first: Uint8Array = new Uint8Array(0);
  let count = 0;
  for (let next = 1; next <= parts.length; next += 1) {
    const bytes = encoder.encode(parts.slice(0, next).join(''));
    // A frame is never cut: over WebSocket it is a message of its own.
    if (bytes.length >= firstWriteBytes && first.length > 0) break;
    first = bytes;
    count = next;
  }
  const rest = parts.slice(count).join('');
  return { first, rest: rest === '' ? undefined : encoder.encode(rest) };
}
