import { Inbox } from '../inbox.ts';
import type { ClientItem } from '../items.ts';
import type { Cursor } from './cursor.ts';
import type { WireFields } from './wire.ts';

/** What the application wants done: a subscription that stands until it is ended, or a message to be accepted once. */
export interface Task {
  readonly requestId: number;
  /** The fields of its request. */
  fields: WireFields;
  /** What a subscription matches; undefined for a message. */
  readonly matcher: RegExp | undefined;
  /**
   * `new`: the server never confirmed it. `live`: the server has confirmed it in the present session. `lost`: it was
   * confirmed in a session that has ended, and must be made anew before the next one listens.
   */
  status: 'new' | 'live' | 'lost';
  /** How often a message was sent in the present session. */
  sent: number;
  /** The server's id for a subscription in the present session. */
  sid?: string | undefined;
  /** Where the answer under way says that the live events of a subscription begin. */
  from?: Cursor | undefined;
  /** Up to where the application has everything of a subscription: handed over, covered by a gap, or not asked for. */
  at?: Cursor | undefined;
  /** The life of the log that `at` is a place of: see {@link State.life}. */
  life: number;
  /** Live items that came before the confirmation or before the end of the past. */
  readonly held: Inbox;
}

// More live events than this while a confirmation is under way become a gap (items).
const heldLimit = 1024;

/** Makes the record of a task that is to be sent. */
export function createTask(requestId: number, fields: WireFields, matcher?: RegExp): Task {
  return { requestId, fields, matcher, status: 'new', sent: 0, life: 0, held: new Inbox(heldLimit) };
}

/** Returns whether a place lies behind another, or in another log. */
export function isAfter(place: Cursor, from: Cursor | undefined): boolean {
  return place.epoch !== from?.epoch || place.position > from.position;
}

/** Returns whether a subscription asks for past events. */
export function asksForPast({ fields }: Task): boolean {
  return [fields['since'], fields['last'], fields['latest']].some((value) => value !== undefined);
}

/** Returns the fields of the next request for a task, which counts as sent. */
export function fieldsOf(task: Task, clientId: string): WireFields {
  const { fields, at, requestId } = task;
  task.sent += 1;
  // Of a past that was cut off only the rest is asked for: from there on the server says what it no longer has.
  const rest = asksForPast(task) && at && { since: at.text, last: undefined, latest: undefined };
  return { ...fields, ...rest, messageId: `${clientId}-${requestId}` };
}

/**
 * Moves a subscription to the place of an item.
 *
 * @param life - the life of the log that the item is of.
 * @returns the item, a gap cut to what the subscription has not passed yet; undefined when all of it is passed.
 */
export function pass(task: Task, item: ClientItem, place: Cursor, life: number): ClientItem | undefined {
  const { at } = task;
  // A log that lost its end goes back; a subscription that began in what became of it does not.
  const back = item.kind === 'gap' && item.reason === 'fork' && task.life < life;
  if (at && !back && !isAfter(place, at)) return undefined;
  task.at = place;
  task.life = life;
  if (item.kind === 'data' || back || at?.epoch !== place.epoch) return item;
  return { ...item, from: Math.max(item.from, at.position + 1) };
}

/**
 * Takes note that the session of a subscription has ended. One that the server had confirmed must be made anew, and goes on
 * where it stands, even if the answer was cut off; one whose past was under way is asked for again with the rest of it.
 */
export function interrupt(task: Task): void {
  const confirmed = task.status === 'live' || (task.from && !asksForPast(task));
  if (confirmed) {
    task.at ??= task.from;
    task.status = 'lost';
  } else while (task.held.shift());
  task.sid = undefined;
  task.from = undefined;
  task.sent = 0;
}
