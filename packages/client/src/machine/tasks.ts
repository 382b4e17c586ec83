import { Inbox } from '../inbox.ts';
import type { ClientItem } from '../items.ts';
import { type Place, parsePlace } from './cursor.ts';
import type { WireFields } from './wire.ts';

/** What the application wants done: a subscription that stands until it is ended, or a message to be accepted once. */
export interface Task {
  readonly of: number;
  /** The fields of its request. */
  fields: WireFields;
  /** What a subscription matches; undefined for a message. */
  readonly matcher: RegExp | undefined;
  /**
   * `new`: the server never accepted it. `live`: a subscription counts. `lost`: it counted in a session that has ended,
   * and must be made anew before the next one listens.
   */
  status: 'new' | 'live' | 'lost';
  /** How often a message was sent in the present session. */
  sent: number;
  /** The server's id for a subscription in the present session. */
  sid?: string | undefined;
  /** Where a subscription began: only later events are meant for it. */
  from?: Place | undefined;
  /** Place of the last past event that it got. */
  seen?: Place;
  /** Live events that came before the confirmation or before the end of the past. */
  readonly held: Inbox;
}

// More live events than this while a confirmation is under way are told as a gap. Units: items.
const heldLimit = 1024;

/** Makes the record of a task that is to be sent. */
export function createTask(of: number, fields: WireFields, matcher?: RegExp): Task {
  return { of, fields, matcher, status: 'new', sent: 0, held: new Inbox(heldLimit) };
}

/** Says whether a place lies behind another, or in another log. */
export function isAfter(place: Place, from: Place | undefined): boolean {
  return place.epoch !== from?.epoch || place.position > from.position;
}

/** Takes the held events that came after the beginning of a subscription, oldest first. */
export function takeHeld({ held, from }: Task): ClientItem[] {
  const items: ClientItem[] = [];
  for (let item = held.shift(); item; item = held.shift()) {
    const place = parsePlace(item.cursor);
    if (place && isAfter(place, from)) items.push(item);
  }
  return items;
}
