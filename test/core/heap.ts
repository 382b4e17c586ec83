import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What some work leaves on the heap, as long as its result is held. In bytes. */
export function heapAfter(work: () => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = work();
  collect();
  const used = process.memoryUsage().heapUsed - before;
  expect(kept).toBeDefined();
  return used;
}
