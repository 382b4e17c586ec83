// The queue of one session: what a delivery does to it, alone and in a batch.
import { Budget } from '../../packages/core/dist/budget.js';
import { Queue } from '../../packages/core/dist/queue.js';
import { events } from './shared.mjs';

const limits = { queueLimit: 4096, queueBytes: 4_194_304 };
const newQueue = () => new Queue(limits, new Budget(1_000_000, 256 * 2 ** 20));
const some = events(64);

function passThrough(queue, batch) {
  for (let at = 0; at < some.length; at += batch) {
    for (let next = at; next < at + batch; next += 1) queue.push(some[next]);
    queue.take(256, 65_536);
    queue.confirm(some[at + batch - 1].position);
  }
}

function behind(queue) {
  for (const event of some) {
    queue.push(event);
    queue.take(1, 65_536);
  }
  for (const event of some) queue.confirm(event.position);
}

const queue = newQueue();

/** The tasks. Units: `per` operations in one call. */
export const tasks = [
  { name: 'queue: push, take, confirm one by one', per: 64, run: () => passThrough(queue, 1) },
  { name: 'queue: the same in batches of 64', per: 64, run: () => passThrough(queue, 64) },
  { name: 'queue: confirm 64 events behind', per: 64, run: () => behind(queue) },
  { name: 'queue: a new one', per: 64, run: () => some.map(newQueue) },
];
