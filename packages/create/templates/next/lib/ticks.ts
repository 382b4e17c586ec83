import { publish } from 'cometkit/next';
import type { Tick } from './subjects';

// Stands for your database. Next loads a module more than once, so what all of them share hangs on globalThis.
const shared = globalThis as { ticks?: Tick[] };
shared.ticks ??= [];
const store = shared.ticks;

/** The newest ticks, the oldest of them first. */
export function lastTicks(): readonly Tick[] {
  return store.slice();
}

/** Publish whatever you have, whenever you have it: from here, a server action or a route handler. */
export function startTicking(): void {
  let number = 0;
  setInterval(() => {
    number += 1;
    const tick = { number, time: Date.now() };
    store.push(tick);
    store.splice(0, store.length - 10);
    publish('/ticks', tick);
  }, 1000);
}
