import type { ClientItem } from '../items.ts';
import type { Cursor } from '../machine/cursor.ts';
import { isAfter } from '../machine/tasks.ts';
import type { ClientSubscription } from '../subscription.ts';
import type { ToLeader, Wanted } from './messages.ts';

/** A subscription of one tab. */
export interface TabSubscription {
  readonly wanted: Wanted;
  readonly matcher: RegExp;
  readonly subscription: ClientSubscription;
  /** True once it counts. */
  active: boolean;
  /** True once the present leader knows of it. */
  reported: boolean;
  /** Where it began: only later events are meant for it. */
  from: Cursor | undefined;
}

/** A tab that talks to the leader. */
export interface Speaker {
  /** Names this tab; another name after each opening. */
  id(): string;
  say(said: ToLeader): void;
}

/** Tells the leader of the subscriptions that it does not know yet. */
export function tell(subscriptions: Iterable<TabSubscription>, { id, say }: Speaker): void {
  for (const one of subscriptions) {
    if (one.reported) continue;
    one.reported = true;
    say({ type: 'want', tab: id(), wanted: one.wanted });
  }
}

/**
 * Hands an item to the subscriptions that it is for: not what the server says to this session alone.
 *
 * @param id - public id of the session.
 */
export function distribute(
  subscriptions: Iterable<TabSubscription>,
  item: ClientItem,
  place: Cursor,
  id: string | undefined,
): void {
  if (item.kind === 'data' && !item.from && item.to === id && /^.\$/.test(item.subject)) return;
  for (const { active, matcher, from, subscription } of subscriptions) {
    const meant = item.kind === 'gap' || (matcher.test(item.subject) && isAfter(place, from));
    if (active && meant) subscription.take(item);
  }
}
