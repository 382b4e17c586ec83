import { describe, expect, it } from 'vitest';
import { partMatches } from '../../packages/core/src/pattern.ts';
import { Patterns } from '../../packages/core/src/patterns.ts';
import { heapAfter } from './heap.ts';
import { thrownBy } from './kit.ts';

const patterns = () => new Patterns({ maxSubjectLength: 256, maxSubjectDepth: 16, maxSubscriptions: 100 });

describe('patterns that were read lately', () => {
  it('are one object for all who ask for the same', () => {
    const read = patterns();
    const one = read.read('/a,/b', 'path');
    expect(one).toMatchObject({ text: '/a,/b', matching: 'path', parts: [{ text: '/a' }, { text: '/b' }] });
    expect(read.read('/a,/b', 'path')).toBe(one);
    expect(read.read('/a', 'path')).not.toBe(one);
  });

  it('are told apart by how they match', () => {
    const read = patterns();
    expect(read.read('/a', 'path').parts).toMatchObject([{ kind: 'branch', text: '/a' }]);
    expect(read.read('/a', 'prefix').parts).toMatchObject([{ kind: 'prefix', text: '/a' }]);
  });

  it('refuses the same wrong one again and again', () => {
    const read = patterns();
    for (let time = 0; time < 2; time += 1) {
      expect(thrownBy(() => read.read('a', 'path'))).toMatchObject({ code: 'invalid-pattern' });
    }
  });

  it('keeps nothing of the text that a pattern was cut out of', () => {
    const read = patterns();
    const used = heapAfter(() => {
      for (let n = 0; n < 100; n += 1)
        read.read(`/a-pattern-of-some-length/${n} ${'x'.repeat(1e6)}`.split(' ')[0] ?? '', 'path');
      return read;
    });
    expect(used).toBeLessThan(10e6);
  });

  it('forgets what thousands of others have followed, and reads it anew', () => {
    const read = patterns();
    const first = read.read('/first', 'path');
    for (let n = 0; n < 1100; n += 1) read.read(`/other/${n}`, 'path');
    expect(read.read('/first', 'path')).not.toBe(first);
    expect(read.read('/first', 'path')).toEqual(first);
  });

  it.each(['path', 'prefix'] as const)(
    'match what their parts match, however often they are asked: %s',
    (matching) => {
      const texts = Array.from({ length: 60 }, (_, n) => `/${n % 4}/*/${n}${n % 3 === 0 ? '/**' : ''},/${n}`);
      const list = patterns().read(texts.join(',').split(',').slice(0, 90).join(','), matching);
      const other = patterns().read('/a,/b,/c,/d,/e,/f,/g,/h,/i', matching);
      for (let n = 0; n < 1000; n += 1) {
        const subject = `/${n % 5}/x/${n % 70}${n % 2 === 0 ? '/y' : ''}`;
        if (n === 500) expect(other.matches('/i/j')).toBe(true);
        expect(list.matches(subject), subject).toBe(list.parts.some((part) => partMatches(part, subject)));
      }
    },
  );

  it('of many parts cost a subject its depth when the past is read', () => {
    const list = patterns().read(
      Array.from({ length: 96 }, (_, n) => `/fleet/*/van${n}/**`).join(','),
      'path',
    );
    // The least of three: the first time pays for the compiler.
    const cost = (work: () => unknown) =>
      Math.min(
        ...Array.from({ length: 3 }, () => {
          const before = process.cpuUsage().user;
          work();
          return process.cpuUsage().user - before;
        }),
      );
    const subjects = Array.from({ length: 20_000 }, (_, n) => `/fleet/${n % 50}/car${n}/gps`);
    const asked = cost(() => subjects.map((subject) => list.matches(subject)));
    const compared = cost(() =>
      subjects.map((subject) => list.parts.some((part) => partMatches(part, subject))),
    );
    expect(asked).toBeLessThan(compared / 2);
  });
});
