import type { ControlEvent } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import type { EncodeCache } from '../encode-cache.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { placeFields } from './place-fields.ts';

/**
 * The first write of a stream stays below this. A compressing proxy looks at the size of the first write to decide
 * whether it compresses, and holds what it compresses back: Caddy's `encode` from 512 bytes on. Unit: bytes.
 */
const firstWriteBytes = 512;

/**
 * The pause behind a first write that does not hold everything, so that a proxy does not read both as one.
 * Unit: milliseconds.
 */
export const openingPauseMs = 10;

/** What a channel opens with. */
export interface Opening {
  readonly ack: ControlEvent;
  /** Events of the past that the client asked for. */
  readonly past: readonly Item[];
  /** How long the stream may be silent, in milliseconds. */
  readonly idleMs: number;
}

/** The first words of a stream as bytes: what is written at once, and what follows after a pause. */
export interface OpeningFrames {
  readonly first: Uint8Array;
  /** @defaultValue undefined: the first write holds everything. */
  readonly rest: Uint8Array | undefined;
}

/**
 * The first words of a stream: its head, the acknowledgement, a heartbeat, and past events if any.
 *
 * @param frames - those of the stream.
 * @param encoder - makes the bytes.
 * @param service - tells the time and the limits.
 * @param session - the one that is served.
 * @param opening - what to say.
 * @returns everything in one piece if it is small, otherwise as many whole frames as fit into a small first write.
 */
export function openingFrames(
  frames: ResponseFrames,
  encoder: EncodeCache,
  service: HandlerContext,
  session: Session,
  { ack, past, idleMs }: Opening,
): OpeningFrames {
  const place = frames.format.cursors ? placeFields(session, idleMs, service.hub.limits) : [];
  const parts = [
    frames.begin(),
    frames.control({ event: ack.event, fields: [...ack.fields, ...place] }),
    frames.heartbeat(service.time),
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
