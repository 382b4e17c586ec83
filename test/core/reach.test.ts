import { expect, it } from 'vitest';
import { Reach } from '../../packages/core/src/reach.ts';
import { TailLog } from '../../packages/core/src/tail-log.ts';

it('waits for the end that the log had when it was asked, though more is always published', async () => {
  const log = new TailLog({ maxEvents: 10, maxBytes: 1e6, maxAgeMs: 1e6 });
  log.begin('life', 0, 1);
  const reach = new Reach(log, { end: async () => ({ epoch: 'life', position: log.tail + 1 }) });
  let came: boolean | undefined;
  const waiting = reach.present(1000).then((verdict) => {
    came = verdict;
  });
  // The question is answered within the microtasks of this turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(came).toBeUndefined();
  log.lose(1, 1, 0);
  reach.moved();
  await new Promise((resolve) => setImmediate(resolve));
  expect(came).toBe(true);
  await waiting;
});
