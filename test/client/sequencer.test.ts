import { describe, expect, it } from 'vitest';
import type { ClientItem } from '../../packages/client/src/items.ts';
import { parseCursor } from '../../packages/client/src/machine/cursor.ts';
import { advance, judge, judgeStart, type Sequence } from '../../packages/client/src/machine/sequencer.ts';
import { itemOf } from '../../packages/client/src/machine/wire.ts';
import { cur, data, gap } from './kit.ts';

function at(position?: number, firstItem = false): Sequence {
  return { at: position === undefined ? undefined : parseCursor(cur(position)), firstItem, holes: 0 };
}

function verdict(sequence: Sequence, event: ReturnType<typeof data>): string {
  const placed = itemOf(event);
  return placed === undefined ? 'no item' : judge(sequence, placed);
}

describe('the sequencer', () => {
  it.each([
    [undefined, data(5), 'take'],
    [4, data(5), 'take'],
    [4, data(9), 'take'],
    [5, data(5), 'drop'],
    [6, data(5), 'drop'],
    [5, data(6, '/a', 'f'), 'hole'],
    [5, gap(1, 2, 'epoch', 'f'), 'take'],
    [5, gap(2, 4), 'drop'],
    [5, gap(2, 8), 'take'],
    [5, gap(6, 3, 'fork'), 'drop'],
  ])('at %s judges %o as %s', (position, event, expected) => {
    expect(verdict(at(position), event)).toBe(expected);
  });

  it('takes a step back only for a fork that comes first', () => {
    expect(verdict(at(5, true), gap(6, 3, 'fork'))).toBe('take');
    expect(verdict(at(5, true), gap(6, 3, 'trimmed'))).toBe('drop');
  });

  it.each([
    [undefined, cur(3), 'take'],
    [3, cur(3), 'take'],
    [3, cur(2), 'take'],
    [3, cur(4), 'hole'],
    [3, cur(3, 'e', 'other'), 'hole'],
    [3, cur(3, 'f'), 'hole'],
  ])('at %s judges a channel that begins at %s as %s', (position, cursor, expected) => {
    const start = parseCursor(cursor);
    expect(start && judgeStart(at(position), start)).toBe(expected);
  });

  it('cuts a gap to what was not passed', () => {
    const placed = itemOf(gap(2, 8));
    const item = placed && advance(at(5), placed);
    expect(item).toMatchObject({ from: 6, to: 8 } satisfies Partial<Extract<ClientItem, { kind: 'gap' }>>);
  });

  it.each([
    7,
    '',
    'e-1',
    'e-1-t-x',
    'E-1-t',
    'e-1-T',
    `e-1-${'t'.repeat(14)}`,
    'e--t',
    'e-zzzzzzzzzzzzz-t',
    null,
    {},
  ])('knows no cursor in %o', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });

  it('reads a cursor', () => {
    expect(parseCursor('k3f9qd-1a2b-7cq1')).toEqual({
      text: 'k3f9qd-1a2b-7cq1',
      epoch: 'k3f9qd',
      position: 59699,
    });
  });
});
