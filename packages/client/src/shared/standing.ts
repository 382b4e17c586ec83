import type { ClientItem } from '../items.ts';
import type { Place } from '../machine/cursor.ts';
import { isAfter } from '../machine/tasks.ts';
import type { ClientSubscription } from '../subscription.ts';
import type { ToLeader, Wanted } from './messages.ts';

/** A subscription of one tab. */
export interface Standing {
  readonly wanted: Wanted;
  readonly matcher: RegExp;
  readonly subscription: ClientSubscription;
  /** True once it counts. */
  active: boolean;
  /** True once the present leader knows of it. */
  told: boolean;
  /** Where it began: only later events are meant for it. */
  from: Place | undefined;
}

/** A tab that speaks to whoever leads. */
export interface Speaker {
  /** Names this tab; another name after each opening. */
  id(): string;
  say(said: ToLeader): void;
}

/** Tells the leader of the subscriptions that it does not know yet. */
export function tell(standing: Iterable<Standing>, { id, say }: Speaker): void {
  for (const one of standing) {
    if (one.told) continue;
    one.told = true;
    say({ type: 'want', tab: id(), wanted: one.wanted });
  }
}

/** Hands an item to the subscriptions that it is for. */
export function distribute(standing: Iterable<Standing>, item: ClientItem, place: Place): void {
  for (const { active, matcher, from, subscription } of standing) {
    const meant = item.kind === 'gap' || (matcher.test(item.subject) && isAfter(place, from));
    if (active && meant) subscription.take(item);
  }
}
