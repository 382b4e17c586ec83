// What the micro-benchmarks share: events to work on.
import { LogEvent } from '../../packages/core/dist/event.js';

const text = 'The quick brown fox jumps over the lazy dog. It does so every day.';

/** An event at a position, as the log makes it. */
export function eventAt(position, subject = '/bench/0') {
  const json = JSON.stringify({ n: position, text, price: 101.25, up: true });
  const draft = {
    subject,
    json,
    time: 1_700_000_000_123,
    from: undefined,
    scope: /** @type {const} */ ('subject'),
  };
  return new LogEvent({ ...draft, to: undefined }, position, `k3j9x2-${position.toString(36)}-1f`);
}

/** Events of the positions from 1 up. */
export function events(count) {
  return Array.from({ length: count }, (_, at) => eventAt(at + 1));
}
