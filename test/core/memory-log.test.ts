import { parseCursor } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../packages/core/src/memory-log.ts';
import { runs } from './kit.ts';

const limits = { maxEvents: 5, maxBytes: 10_000, maxAgeMs: 1000 };
const draft = (json = '1') =>
  ({ subject: '/a', json, time: 0, from: undefined, scope: 'subject', to: undefined }) as const;

function filled(count: number, given: Partial<typeof limits> = {}, id = 'seed'): MemoryLog {
  const log = new MemoryLog(id, { ...limits, ...given });
  for (let n = 1; n <= count; n += 1) log.append(draft(String(n)), n);
  return log;
}

function check(log: MemoryLog, text: string | undefined): string {
  const cursor = parseCursor(text ?? '');
  return cursor === undefined ? 'no cursor' : log.check(cursor);
}

describe('the log in memory', () => {
  it('counts positions from 1 and knows the place before the first', () => {
    const log = filled(0);
    expect([log.base, log.tail, log.size, log.bytes]).toEqual([0, 0, 0, 0]);
    expect(check(log, log.cursorAt(0))).toBe('resumable');
    expect(log.append(draft(), 0).position).toBe(1);
  });

  it('names the place behind an event whenever it is asked, also when the event is gone', () => {
    const log = filled(8);
    const [first, last] = [log.at(4), log.at(8)];
    expect(log.cursorAt(3)).toMatch(/-3-/);
    expect([first?.cursor, last?.cursor]).toEqual([log.cursorAt(4), log.cursorAt(8)]);
    for (let n = 9; n <= 12; n += 1) log.append(draft(), n);
    expect(log.base).toBe(7);
    expect(check(log, first?.cursor)).toBe('trimmed');
    expect(check(log, last?.cursor)).toBe('resumable');
    expect(log.cursorAt(7)).toBe(filled(7).cursorAt(7));
  });

  it('forgets the oldest beyond its count', () => {
    const log = filled(8);
    expect([log.base, log.tail, log.size]).toEqual([3, 8, 5]);
    expect([log.at(3), log.at(4)?.json, log.at(8)?.json, log.at(9)]).toEqual([
      undefined,
      '4',
      '8',
      undefined,
    ]);
  });

  it('forgets the oldest beyond its bytes', () => {
    const log = filled(5, { maxBytes: 500 });
    expect(log.bytes).toBeLessThanOrEqual(500);
    expect([log.base, log.tail]).toEqual([2, 5]);
  });

  it('forgets the oldest beyond its age', () => {
    const log = filled(5);
    log.trim(1003);
    expect([log.base, log.size]).toEqual([2, 3]);
    log.trim(9999);
    expect([log.base, log.tail, log.size, log.bytes]).toEqual([5, 5, 0, 0]);
    expect(log.append(draft(), 9999).position).toBe(6);
  });

  it('forgets an event at once that is larger than all of it, and goes on', () => {
    const log = filled(3, { maxBytes: 600 });
    const large = log.append(draft('x'.repeat(1000)), 3);
    expect([log.base, log.tail, log.size, log.bytes]).toEqual([4, 4, 0, 0]);
    expect(log.cursorAt(4)).toBe(large.cursor);
    expect(check(log, large.cursor)).toBe('resumable');
    expect(log.append(draft(), 4).position).toBe(5);
  });

  it('knows the cursors of what it holds and of the one before', () => {
    const log = filled(8);
    const known = [2, 3, 4, 8, 9].map((position) => log.cursorAt(position) !== undefined);
    expect(known).toEqual([false, true, true, true, false]);
    expect(log.cursorAt(5)).toBe(log.at(5)?.cursor);
  });

  it('tells what can be resumed from what is trimmed, ahead, forked or of another epoch', () => {
    const log = filled(8);
    const other = filled(8, {}, 'other');
    const { epoch, tag } = parseCursor(log.cursorAt(8) ?? '') ?? { epoch: '', tag: 0 };
    expect([3, 5, 8].map((position) => check(log, log.cursorAt(position)))).toEqual(
      Array(3).fill('resumable'),
    );
    expect(check(log, filled(2).cursorAt(2))).toBe('trimmed');
    expect(check(log, filled(9).cursorAt(9))).toBe('fork');
    expect(log.check({ epoch, position: 7, tag })).toBe('fork');
    expect(log.check({ epoch, position: 3, tag })).toBe('fork');
    expect(check(log, other.cursorAt(8))).toBe('epoch');
  });

  it('has epochs and tags that differ from log to log', () => {
    const logs = Array.from({ length: 2000 }, (_, n) => filled(1, {}, `id${String(n).padStart(20, '0')}`));
    expect(new Set(logs.map((log) => log.epoch)).size).toBe(2000);
    expect(new Set(logs.map((log) => log.cursorAt(1)?.split('-')[2])).size).toBeGreaterThan(1990);
    for (const { epoch } of logs) expect(epoch).toMatch(/^[0-9a-z]{8}$/);
  });

  it('has epochs whose characters do not depend on each other', () => {
    const remainders = new Set<string>();
    for (let n = 0; n < 2000; n += 1) {
      const characters = [...filled(0, {}, `id${n}`).epoch];
      remainders.add(characters.map((character) => Number.parseInt(character, 36) % 4).join(''));
    }
    // Of 65,536 possible ones; of a hash whose low bits are weak there are a handful.
    expect(remainders.size).toBeGreaterThan(1900);
  });

  it('is the end of a list, whatever is appended and trimmed', () => {
    const step = fc.oneof(fc.nat(300), fc.constant(-1));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (steps, maxEvents) => {
        const log = new MemoryLog('x', { maxEvents, maxBytes: 1500, maxAgeMs: 20 });
        const all: string[] = [];
        steps.forEach((size, now) => {
          if (size < 0) log.trim(now);
          else all.push(log.append(draft('x'.repeat(size)), now).json);
        });
        expect(log.tail).toBe(all.length);
        const held = Array.from({ length: log.size }, (_, n) => log.at(log.base + 1 + n)?.json);
        expect(held).toEqual(all.slice(log.base));
        expect(log.size).toBeLessThanOrEqual(maxEvents);
        expect(log.bytes).toBeLessThanOrEqual(1500);
      }),
      runs(300),
    );
  });

  it('gives back the room of what it forgot', () => {
    const log = filled(20_000, { maxEvents: 10 });
    expect([log.base, log.size, log.at(19_995)?.json]).toEqual([19_990, 10, '19995']);
  });
});
