import type { Gap, GapReason, Item } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { joinGaps, latestPerSubject, newestOf } from '../../packages/core/src/conflate.ts';
import { LogEvent } from '../../packages/core/src/event.ts';
import { text } from './kit.ts';

function event(position: number, subject: string): Item {
  const draft = {
    json: String(position),
    time: 0,
    from: undefined,
    scope: 'subject',
    to: undefined,
  } as const;
  return new LogEvent({ ...draft, subject }, position, `e-${position}-1`);
}

function gap(from: number, to: number, reason: GapReason, count?: number): Gap {
  return { kind: 'gap', from, to, cursor: `e-${to}-1`, reason, count };
}

/** Events given as the subjects of the positions 1, 2, 3, … */
function conflated(...subjects: string[]): string[] {
  return newestOf(
    subjects.map((subject, index) => event(index + 1, subject)),
    latestPerSubject,
  ).map(text);
}

describe('keeping the newest of each subject', () => {
  it('keeps everything when no subject comes twice', () => {
    expect(conflated('/a', '/b', '/c')).toEqual(['/a 1', '/b 2', '/c 3']);
  });

  it('covers what it drops in its place, neighbours together', () => {
    expect(conflated('/a', '/a', '/b', '/a', '/b')).toEqual(['gap 1-3 conflated', '/a 4', '/b 5']);
    expect(conflated('/a', '/b', '/a')).toEqual(['gap 1-1 conflated', '/b 2', '/a 3']);
  });

  it('counts what it drops and says where the stream goes on', () => {
    const [first] = newestOf([event(1, '/a'), event(4, '/a'), event(6, '/a')], latestPerSubject);
    expect(first).toEqual(gap(1, 4, 'conflated', 2));
  });

  it('joins its gaps with those that were there', () => {
    const items = [gap(1, 3, 'trimmed'), event(4, '/a'), event(5, '/a')];
    expect(newestOf(items, latestPerSubject)).toEqual([gap(1, 4, 'trimmed'), items[2]]);
  });

  it('leaves alone what was sent to somebody', () => {
    const sent = [1, 2].map((position) => ({ ...event(position, '/a'), scope: 'session' }) as Item);
    expect(newestOf(sent, latestPerSubject)).toEqual(sent);
  });

  it('is not undone by doing it again', () => {
    const once = newestOf([event(1, '/a'), event(2, '/b'), event(3, '/a')], latestPerSubject);
    expect(newestOf(once, latestPerSubject)).toEqual(once);
  });
});

describe('a gap joined of two', () => {
  it('has the sum of the counts, and none when one is not known', () => {
    expect(joinGaps(gap(1, 2, 'conflated', 2), gap(3, 3, 'conflated', 1))).toEqual(gap(1, 3, 'conflated', 3));
    expect(joinGaps(gap(1, 2, 'epoch'), gap(3, 3, 'conflated', 1)).count).toBeUndefined();
  });

  it('has the graver reason: what was lost is not passed off as replaced', () => {
    expect(joinGaps(gap(1, 2, 'conflated', 2), gap(3, 9, 'overflow')).reason).toBe('overflow');
    expect(joinGaps(gap(1, 2, 'epoch'), gap(3, 3, 'conflated', 1)).reason).toBe('epoch');
    expect(joinGaps(gap(1, 2, 'outdated', 2), gap(3, 3, 'conflated', 1)).reason).toBe('conflated');
    expect(joinGaps(gap(1, 2, 'policy'), gap(3, 3, 'outdated', 1)).reason).toBe('policy');
  });
});
