import { type ControlEvent, carriesCursors } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import type { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { placeFields } from './place-fields.ts';

/** What a channel opens with. Units: `idleMs` in milliseconds. */
export interface Opening {
  readonly ack: ControlEvent;
  /** Events of the past that the client asked for. */
  readonly past: readonly Item[];
  readonly idleMs: number;
}

/** The first words of a stream: its acknowledgement, a heartbeat, and past events if any. */
export function firstWords(
  frames: ResponseFrames,
  service: Service,
  session: Session,
  { ack, past, idleMs }: Opening,
): string {
  const place = carriesCursors(frames.format) ? placeFields(session, idleMs, service.hub.limits) : [];
  const opened = frames.control({ event: ack.event, fields: [...ack.fields, ...place] });
  return frames.begin() + opened + frames.heartbeat(service.time) + frames.items(past, session);
}
