import type { Hub } from '@cometkit/core';
import { unref } from './runtime.ts';
import { totalsOf } from './totals.ts';

const intervalMs = 100;
// A tick later than this shows that the process was suspended or its loop blocked, not that clients were silent.
const stallMs = 1000;

/**
 * Starts the one real timer of a hub. It calls `tick` every 100 ms while there are sessions, and stops while there are
 * none.
 *
 * @remarks
 * It never keeps the process alive. When the process was blocked for more than a second, every deadline moves by that
 * time.
 *
 * @param onStall - called after each such blockage, with its length in milliseconds.
 * @returns a function that stops the timer for good.
 */
export function startTicker(hub: Hub, onStall: (stallMs: number) => void = ignore): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let last = 0;
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const tick = () => {
    const now = performance.now();
    const stall = now - last - intervalMs;
    last = now;
    if (stall > stallMs) {
      hub.skipTime(stall);
      const totals = totalsOf(hub);
      totals.stalls += 1;
      totals.stalledMs += stall;
      onStall(stall);
    }
    hub.tick();
    // A node of a cluster has to send and to wait without sessions, too.
    if (hub.closed || (hub.cluster === undefined && isEmpty(hub.sessions()))) rest();
  };
  const start = () => {
    if (timer !== undefined) return;
    last = performance.now();
    timer = setInterval(tick, intervalMs);
    unref(timer);
  };
  hub.on('session-opened', start);
  if (hub.cluster !== undefined) start();
  return () => {
    hub.off('session-opened', start);
    rest();
  };
}

function ignore(): undefined {
  return undefined;
}

function isEmpty(sessions: Iterable<unknown>): boolean {
  for (const _ of sessions) return false;
  return true;
}
