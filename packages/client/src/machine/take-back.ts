import type { Inbox } from '../inbox.ts';
import type { ClientItem } from '../items.ts';
import { type Place, parsePlace } from './cursor.ts';
import type { Effect } from './inputs.ts';
import type { State } from './state.ts';
import { isAfter } from './tasks.ts';

/**
 * Takes back what was to be handed over to the application, as if it had not come yet: the place goes back before it, and
 * what only one subscription lacks waits there for the next opening.
 *
 * @param effects - what was planned, in its order; none of it has been done.
 * @returns the effects that are not for handing over, in their order.
 */
export function takeBack(state: State, effects: readonly Effect[]): Effect[] {
  const kept: Effect[] = [];
  let back = false;
  for (const effect of effects) {
    if (effect[0] === 'item' && !back) {
      back = true;
      state.at = effect[2] ?? state.at;
    } else if (effect[0] === 'deliver' && !back) keepFor(state, effect);
    else if (!['item', 'deliver', 'wire'].includes(effect[0])) kept.push(effect);
  }
  if (back) for (const { held } of state.tasks.values()) dropBehind(held, state.at);
  return kept;
}

// What comes again must not wait here too.
function dropBehind(held: Inbox, at: Place | undefined): void {
  const items: ClientItem[] = [];
  for (let item = held.shift(); item; item = held.shift()) items.push(item);
  for (const item of items) {
    const place = parsePlace(item.cursor);
    if (place && !isAfter(place, at)) held.push(item);
  }
}

// Of an event that others have had already, or of the past, which is asked for again from there.
function keepFor({ tasks }: State, [, of, item]: Extract<Effect, ['deliver', ...unknown[]]>): void {
  const task = tasks.get(of);
  const place = parsePlace(item.cursor);
  if (task?.status === 'live') task.held.push(item);
  else if (task?.seen && place) {
    const before = { ...place, position: place.position - 1 };
    if (task.seen.epoch !== place.epoch || task.seen.position > before.position) task.seen = before;
  }
}
