import type { Hub } from '@cometkit/core';
import { unref } from './runtime.ts';
import { totalsOf } from './totals.ts';

const intervalMs = 100;
// A tick that comes later than this found the process suspended or its loop blocked, not its clients silent.
const stallMs = 1000;

/**
 * Starts the one real timer of a hub: it calls `tick` while there are sessions and rests while there are none.
 *
 * Units: a tick every 100 ms; it never keeps the process alive. When the process stood still for more than a second,
 * every deadline is moved by that time.
 * Shape: call the result to stop it for good.
 *
 * @param onStall - called for each such time, in milliseconds.
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
    if (hub.closed || isEmpty(hub.sessions())) rest();
  };
  const start = () => {
    if (timer !== undefined) return;
    last = performance.now();
    timer = setInterval(tick, intervalMs);
    unref(timer);
  };
  hub.on('session-opened', start);
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
