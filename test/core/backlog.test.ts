import type { CometEvent } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { Backlog, type MissedBy } from '../../packages/core/src/backlog.ts';
import { Budget } from '../../packages/core/src/budget.ts';
import { noCounts } from '../../packages/core/src/hub-internals.ts';
import { MemoryLog } from '../../packages/core/src/memory-log.ts';
import { resolveHubOptions } from '../../packages/core/src/options.ts';
import { Queue } from '../../packages/core/src/queue.ts';
import { SessionMemory } from '../../packages/core/src/session-memory.ts';
import { numbers, text } from './kit.ts';

/** A log of ten events, of which the last `keep` are held, and a queue for four items. */
function setting({ keep = 10, readFrom = 0, hubQueuedEvents = 100, missedBy = 'overflow' as MissedBy }) {
  const limits = resolveHubOptions({ queueLimit: 4, hubQueuedEvents, log: { maxEvents: keep } });
  const log = new MemoryLog('x', limits.log);
  const budget = new Budget(limits.hubQueuedEvents, limits.hubQueuedBytes);
  const queue = new Queue(limits, budget);
  const host = {
    limits,
    log,
    budget,
    memory: new SessionMemory(limits),
    counters: noCounts(),
    closed: false,
    shared: false,
    lastValues: undefined,
    subjects: 'path' as const,
    now: () => 0,
  };
  const draft = { subject: '/a', time: 0, from: undefined, scope: 'subject', to: undefined } as const;
  for (let n = 1; n <= 10; n += 1) log.append({ ...draft, json: String(n) }, 0);
  return { queue, budget, backlog: new Backlog(host, readFrom, missedBy) };
}

/** Who wants what a test says, and is refused what another says. */
const readerOf = (
  wants: (event: CometEvent) => boolean,
  withholds: (event: CometEvent) => boolean = () => false,
) => ({ wants, withholds: (event: CometEvent) => !wants(event) && withholds(event), restricted: true });
const reader = readerOf(() => true);
const taken = (queue: Queue) => queue.take(100, 100_000).map(text);

describe('a backlog', () => {
  it('moves what the log holds into the queue, as far as that has room, and goes on there', () => {
    const { backlog, queue } = setting({});
    expect(backlog.refill(queue, reader)).toBeUndefined();
    expect(taken(queue)).toEqual(numbers('/a', 1, 4));
    backlog.refill(queue, reader);
    expect(queue.waiting).toBe(0);
    queue.ack(2);
    backlog.refill(queue, reader);
    expect(taken(queue)).toEqual(numbers('/a', 5, 6));
    expect(backlog.done).toBe(false);
  });

  it('passes over what is not wanted and is done at the tail', () => {
    const { backlog, queue } = setting({});
    backlog.refill(
      queue,
      readerOf(({ position }) => position % 4 === 0),
    );
    expect(taken(queue)).toEqual(['/a 4', '/a 8']);
    expect(backlog.done).toBe(true);
  });

  it.each<MissedBy>(['overflow', 'trimmed'])(
    'puts a gap first where the log has forgotten (%s)',
    (missedBy) => {
      const { backlog, queue } = setting({ keep: 3, readFrom: 2, missedBy });
      expect(backlog.refill(queue, reader)).toMatchObject({ from: 3, to: 7, reason: missedBy });
      expect(taken(queue)).toEqual([`gap 3-7 ${missedBy}`, ...numbers('/a', 8, 10)]);
    },
  );

  it('puts no gap into a queue that is full, so that none gather', () => {
    const { backlog, queue } = setting({ keep: 6 });
    for (const place of [1, 2, 3, 4]) {
      queue.push({ kind: 'gap', from: place, to: place, cursor: '', reason: 'epoch', count: undefined });
    }
    queue.take(4, 1000);
    expect(backlog.refill(queue, reader)).toBeUndefined();
    expect(queue.size).toBe(4);
    queue.ack(1);
    expect(backlog.refill(queue, reader)).toMatchObject({ from: 1, to: 4 });
  });

  it('gives an empty queue one item even when the hub is at its bounds', () => {
    const { backlog, queue, budget } = setting({ hubQueuedEvents: 1 });
    budget.events = 5;
    backlog.refill(queue, reader);
    expect(taken(queue)).toEqual(['/a 1']);
    backlog.refill(queue, reader);
    expect(queue.waiting).toBe(0);
    queue.ack(1);
    backlog.refill(queue, reader);
    expect(taken(queue)).toEqual(['/a 2']);
  });

  it('makes one gap of what is withheld side by side, and looks no further than it has to', () => {
    const { backlog, queue } = setting({});
    const hidden = ({ position }: CometEvent) => [2, 3, 5, 9, 10].includes(position);
    const some = readerOf((event) => event.position !== 4 && !hidden(event), hidden);
    backlog.refill(queue, some);
    expect(taken(queue)).toEqual(['/a 1', 'gap 2-5 policy', '/a 6', '/a 7']);
    queue.ack(10);
    backlog.refill(queue, some);
    expect(taken(queue)).toEqual(['/a 8', 'gap 9-10 policy']);
    expect(backlog.done).toBe(true);
  });

  it('puts no gap for what is withheld into a queue that is full', () => {
    const { backlog, queue } = setting({});
    const some = readerOf(
      ({ position }) => position < 5,
      () => true,
    );
    backlog.refill(queue, some);
    expect(taken(queue)).toEqual(numbers('/a', 1, 4));
    backlog.refill(queue, some);
    expect([queue.waiting, backlog.done]).toEqual([0, false]);
    queue.ack(4);
    backlog.refill(queue, some);
    expect(taken(queue)).toEqual(['gap 5-10 policy']);
  });
});
