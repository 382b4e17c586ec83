import type { CometEvent } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../../packages/core/src/event.ts';
import type { LogEntry } from '../../packages/core/src/log.ts';
import { LogIndex } from '../../packages/core/src/log-index.ts';
import { walk } from '../../packages/core/src/log-walk.ts';
import { MemoryLog } from '../../packages/core/src/memory-log.ts';
import { type LogLimits, resolveHubOptions } from '../../packages/core/src/options.ts';
import { Patterns } from '../../packages/core/src/patterns.ts';
import { TailLog } from '../../packages/core/src/tail-log.ts';

const patterns = new Patterns(resolveHubOptions());
const limits: LogLimits = { maxEvents: 10_000, maxBytes: 1e9, maxAgeMs: 1e9 };

const unlimited = Number.POSITIVE_INFINITY;
const anyNumber = { subjects: unlimited, lists: unlimited, entries: unlimited, after: 0 };

function draft(subject: string, scope: EventDraft['scope'] = 'subject', to?: string): EventDraft {
  return { subject, time: 0, from: undefined, scope, to, json: '1' } as EventDraft;
}

/** A log that counts how many of its entries are looked at. */
class CountedLog extends MemoryLog {
  looks = 0;

  override at(position: number): CometEvent | undefined {
    this.looks += 1;
    return super.at(position);
  }
}

/** The looks that something takes once the index is up to date. */
function looksOf(log: CountedLog, look: () => void): number {
  look();
  log.looks = 0;
  look();
  return log.looks;
}

function everything(next: (position: number) => LogEntry | undefined, from = 0): number[] {
  const found: number[] = [];
  for (let entry = next(from); entry !== undefined; entry = next(entry.position)) found.push(entry.position);
  return found;
}

const subject = fc.constantFrom('/a', '/a/x', '/a/x/y', '/ab', '/b', '/b/1', '/', ' plain', 'plain2');
const pattern = fc.constantFrom('/a', '/a/*', '/a/**', '/*/x', '/**', '/', '/b,/a/x', '/ab', '/a/x/y');
const plain = fc.constantFrom('pl', 'p', '/a', 'plain2');
const matcher = fc.oneof(
  pattern.map((text) => patterns.read(text, 'path')),
  plain.map((text) => patterns.read(text, 'prefix')),
);
const written = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: subject.map((name) => draft(name)) },
    { weight: 1, arbitrary: fc.constant(draft('/a', 'all')) },
    { weight: 1, arbitrary: fc.constantFrom('me', 'you').map((to) => draft('/a', 'session', to)) },
  ),
  { maxLength: 700, size: 'max' },
);

describe('the way of a reader through a log', () => {
  it('comes by everything that it looks for, in order, whatever the log has let go of', () => {
    fc.assert(
      fc.property(
        written,
        written,
        fc.array(matcher, { maxLength: 3 }),
        fc.integer({ min: 1, max: 900 }),
        fc.nat(600),
        (first, second, matchers, maxEvents, from) => {
          const log = new MemoryLog('x', { ...limits, maxEvents });
          const wanted = ({ kind, ...event }: LogEntry) =>
            kind === 'hole' ||
            ('scope' in event &&
              (event.scope === 'all' ||
                (event.scope === 'subject' && matchers.some((one) => one.matches(event.subject))) ||
                (event.scope === 'session' && event.to === 'me')));
          const lookedFor = { matchers, addressees: ['me', undefined] };
          // The second time the index is there and has to be brought up to date.
          for (const part of [first, second]) {
            for (const one of part) log.append(one, 0);
            const start = Math.max(from, log.base);
            const seen = everything(walk(log, start, lookedFor), start);
            const all = everything((position) => log.next(position), start);
            const there = (position: number) => wanted(log.at(position) as LogEntry);
            expect(seen.filter(there)).toEqual(all.filter(there));
            expect(seen).toEqual([...seen].sort((one, other) => one - other));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('costs what matches, not what was published', () => {
    const log = new CountedLog('x', limits);
    for (let n = 0; n < 10_000; n += 1) log.append(draft(`/user/${n % 1000}`), 0);
    const looksFor = (text: string) => () =>
      void everything(walk(log, 0, { matchers: [patterns.read(text, 'path')], addressees: [] }));
    // Two looks are for what is new.
    expect(looksOf(log, looksFor('/user/7'))).toBe(10 + 2);
    expect(looksOf(log, looksFor('/user/7,/user/8,/nobody'))).toBe(20 + 2);
    expect(looksOf(log, looksFor('/nobody'))).toBe(2);
    // From entry to entry, where it looks for most of them.
    expect(looksOf(log, looksFor('/user'))).toBe(10_002);
  });
});

describe('the index of a log', () => {
  it('holds as many places as the log has entries, and at most as many again', () => {
    const log = new MemoryLog('x', { ...limits, maxEvents: 500 });
    const index = new LogIndex(log);
    let most = 0;
    for (let n = 0; n < 20_000; n += 1) {
      log.append(draft(`/only/${n}`), 0);
      if (n % 50 === 0) index.find([patterns.read('/only/1', 'path')], anyNumber);
      most = Math.max(most, index.size);
    }
    expect(most).toBeLessThanOrEqual(2 * 500 + 256 + 50);
    expect(index.find([patterns.read('/**', 'path')], anyNumber)?.length).toBeLessThanOrEqual(most);
  });

  it('begins again with another life of a log that nodes share, and knows its holes', () => {
    const log = new TailLog(limits);
    log.begin('one', 100, 7);
    for (let n = 0; n < 600; n += 1) log.append(draft('/a'), 101 + n, 7, 0);
    const lookedFor = { matchers: [patterns.read('/b', 'path')], addressees: [] };
    expect(everything(walk(log, 100, lookedFor), 100)).toEqual([]);
    log.begin('two', 0, 7);
    for (let n = 0; n < 900; n += 1) log.append(draft(n % 300 === 0 ? '/b' : '/a'), 1 + n, 7, 0);
    log.lose(901, 910, 0);
    expect(everything(walk(log, 0, lookedFor), 0)).toEqual([1, 301, 601, 910]);
  });
});

describe('the changes of a session on a node', () => {
  it('are found without a look at the log, and forgotten with it', () => {
    const log = new TailLog({ ...limits, maxEvents: 100 });
    log.begin('one', 0, 7);
    const change = { kind: 'leave' } as const;
    for (let n = 1; n <= 300; n += 1)
      if (n % 30 === 0) log.control({ session: `s${n % 60}`, change, position: n, node: 'n' } as never, 7, 0);
      else log.append(draft('/a'), n, 7, 0);
    expect(log.changesOf('s0', 0).map(({ position }) => position)).toEqual([240, 300]);
    expect(log.changesOf('s30', 210).map(({ position }) => position)).toEqual([270]);
    expect(log.changesOf('s30', 0).map(({ position }) => position)).toEqual([210, 270]);
    expect(log.changesOf('nobody', 0)).toEqual([]);
  });
});
