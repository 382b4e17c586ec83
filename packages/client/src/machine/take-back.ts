import type { Inbox } from '../inbox.ts';
import type { ClientItem } from '../items.ts';
import { type Cursor, parseCursor } from './cursor.ts';
import type { Effect } from './inputs.ts';
import type { State } from './state.ts';
import { isAfter, type Task } from './tasks.ts';

type Deliver = Extract<Effect, ['deliver', ...unknown[]]>;

const handsOver: ReadonlySet<Effect[0]> = new Set(['item', 'deliver', 'missing', 'wire']);

/**
 * Takes back what was to be handed over to the application, as if it had not come yet: the place goes back before it, and
 * what only one subscription lacks waits there for the next opening.
 *
 * @param effects - what was planned, in its order; none of it has been done.
 * @returns the effects that are not for handing over, in their order.
 */
export function takeBack(state: State, effects: readonly Effect[]): Effect[] {
  const kept: Effect[] = [];
  const moved = new Set<Task>();
  let back = false;
  for (const effect of effects) {
    if (effect[0] === 'item' && !back) {
      back = true;
      state.at = effect[2] ?? state.at;
    } else if (effect[0] === 'deliver') {
      const task = state.tasks.get(effect[1]);
      if (task) goBack(task, effect, moved, back);
    }
    if (!handsOver.has(effect[0])) kept.push(effect);
  }
  if (back) for (const { held } of state.tasks.values()) dropBehind(held, state.at);
  return kept;
}

// What comes again must not wait here too.
function dropBehind(held: Inbox, at: Cursor | undefined): void {
  const items: ClientItem[] = [];
  for (let item = held.shift(); item; item = held.shift()) items.push(item);
  for (const item of items) {
    const place = parseCursor(item.cursor);
    if (place && !isAfter(place, at)) held.push(item);
  }
}

// An event that others have had already, or of a past that has ended, does not come again: it waits here.
function goBack(task: Task, [, , item, before]: Deliver, moved: Set<Task>, comesAgain: boolean): void {
  // The first item of a subscription says where it stood.
  if (!moved.has(task)) task.at = before;
  moved.add(task);
  if (!comesAgain && task.status === 'live') task.held.push(item);
}
