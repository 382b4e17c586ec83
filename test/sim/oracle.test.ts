import { describe, expect, it } from 'vitest';
import { type Accepted, type Handed, judge } from './oracle.ts';

const wanted: Accepted[] = [1, 2, 3, 4].map((id) => ({ id, cursor: `old-${id}-1`, subject: '/a' }));
const later: Accepted[] = [5, 6].map((id) => ({ id, cursor: `new-${id - 4}-1`, subject: '/a' }));
const epochs = ['old', 'new'];

const data = (id: number): Handed => ({
  kind: 'data',
  id,
  cursor: `${id > 4 ? 'new' : 'old'}-${id > 4 ? id - 4 : id}-1`,
});
const gap = (from: number, to: number, reason = 'trimmed', epoch = 'old'): Handed => ({
  kind: 'gap',
  from,
  to,
  reason,
  cursor: `${epoch}-${to}-1`,
});

describe('the judge', () => {
  it('is content with every event once and in order', () => {
    expect(judge(wanted, [1, 2, 3, 4].map(data), epochs)).toMatchObject({ handed: 4, lost: 0, problems: [] });
  });

  it('is content with a gap in the place of what is missing', () => {
    const verdict = judge(wanted, [data(1), gap(2, 3), data(4)], epochs);
    expect(verdict).toMatchObject({ handed: 2, covered: 2, lost: 0, problems: [] });
  });

  it('finds an event that is missing without a word', () => {
    expect(judge(wanted, [data(1), data(2), data(4)], epochs)).toMatchObject({ lost: 1 });
  });

  it('finds an event missing at the end', () => {
    expect(judge(wanted, [1, 2, 3].map(data), epochs)).toMatchObject({ lost: 1 });
  });

  it('finds an event that a gap does not cover', () => {
    expect(judge(wanted, [data(1), gap(3, 3), data(4)], epochs)).toMatchObject({ lost: 2, covered: 0 });
  });

  it('finds a repeat', () => {
    expect(judge(wanted, [1, 2, 2, 3, 4].map(data), epochs)).toMatchObject({ repeated: 1 });
  });

  it('finds an event that comes behind a later one', () => {
    expect(judge(wanted, [1, 3, 2, 4].map(data), epochs).problems).not.toEqual([]);
  });

  it('finds an event that was never accepted', () => {
    expect(judge(wanted, [1, 2, 9, 3, 4].map(data), epochs)).toMatchObject({ fabricated: 1 });
  });

  it('takes a gap to a new epoch for all that the old one still had', () => {
    const verdict = judge([...wanted, ...later], [data(1), gap(2, 1, 'epoch', 'new'), data(6)], epochs);
    expect(verdict).toMatchObject({ handed: 2, covered: 4, lost: 0, problems: [] });
  });

  it('finds a change of the epoch that nobody was told of', () => {
    expect(judge([...wanted, ...later], [data(1), data(5), data(6)], epochs)).toMatchObject({ lost: 3 });
  });
});
