import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matching, parsePattern, partMatches } from '../../packages/core/src/pattern.ts';
import { segmentsOf } from '../../packages/core/src/subject.ts';
import { runs, thrownBy } from './kit.ts';

const limits = { maxSubjectLength: 20, maxSubjectDepth: 4, maxSubscriptions: 4 };

function matches(pattern: string, subject: string, matching: Matching = 'path'): boolean {
  return parsePattern(pattern, matching, limits).some((part) => partMatches(part, subject));
}

function reasonFor(pattern: string, matching: Matching = 'path'): unknown {
  const error = thrownBy(() => parsePattern(pattern, matching, limits));
  expect(error).toMatchObject({ code: 'invalid-pattern' });
  return (error as { details: { reason: string } }).details.reason;
}

describe('a pattern', () => {
  it('has at most 4 wildcards in each part, for each may double what an event visits', () => {
    const wide = { maxSubjectLength: 256, maxSubjectDepth: 16, maxSubscriptions: 100 };
    expect(parsePattern('/*'.repeat(4), 'path', wide)).toHaveLength(1);
    expect(parsePattern(`/a${'/*'.repeat(4)}/**`, 'path', wide)).toHaveLength(1);
    const error = thrownBy(() => parsePattern('/*'.repeat(5), 'path', wide));
    expect(error).toMatchObject({ code: 'invalid-pattern' });
  });
});

describe('a pattern matched by path', () => {
  it.each([
    ['/a', ['/a', '/a/b', '/a/b/c'], ['/ab', '/b/a', '/A']],
    ['/', ['/a', '/a/b'], []],
    ['/a,/b', ['/a', '/b/c'], ['/c']],
    ['/a/*', ['/a/b', '/a/c'], ['/a', '/a/b/c', '/b/b']],
    ['/*', ['/a'], ['/a/b']],
    ['/*/b', ['/a/b', '/x/b'], ['/a/c', '/b']],
    ['/a/**', ['/a', '/a/b', '/a/b/c'], ['/ab', '/b']],
    ['/**', ['/a', '/a/b/c/d'], []],
    ['/*/x/**', ['/a/x', '/a/x/y'], ['/x', '/a/y']],
    ['/a b', ['/a b'], ['/a']],
    ['/__proto__', ['/__proto__'], ['/constructor']],
  ])('%s takes what lies under it by whole segments', (pattern, inside, outside) => {
    for (const subject of inside) expect(matches(pattern, subject), subject).toBe(true);
    for (const subject of outside) expect(matches(pattern, subject), subject).toBe(false);
  });

  it('is compared character by character: case, normal form and percent signs matter', () => {
    expect(matches('/Caf\u00e9', '/Cafe\u0301')).toBe(false);
    expect(matches('/A', '/a')).toBe(false);
    expect(matches('/%61', '/a')).toBe(false);
  });

  it.each([
    ['', 'is empty'],
    [',', 'is empty'],
    ['/a,', 'is empty'],
    [',/a', 'is empty'],
    ['/a,,/b', 'is empty'],
    ['/a, /b', 'does not start with "/"'],
    ['a', 'does not start with "/"'],
    ['/a/', 'has an empty segment'],
    ['//', 'has an empty segment'],
    ['/a//*', 'has an empty segment'],
    ['/a*', 'uses "*" other than as a whole segment, or "**" other than as the last'],
    ['/**/a', 'uses "*" other than as a whole segment, or "**" other than as the last'],
    ['/**/**', 'uses "*" other than as a whole segment, or "**" other than as the last'],
    ['/***', 'uses "*" other than as a whole segment, or "**" other than as the last'],
    ['/a\r\n', 'holds a control character'],
    [`/${'x'.repeat(20)}`, 'is longer than 20 characters'],
    ['/x,'.repeat(30), 'is too long'],
    [7 as unknown as string, 'is too long'],
    ['/a/b/c/d/*', 'is deeper than 4 segments'],
    ['/\ud800', 'holds half of a surrogate pair'],
  ])('may not be %j', (pattern, reason) => {
    expect(reasonFor(pattern)).toBe(reason);
  });

  it('keeps a part that comes twice once', () => {
    expect(parsePattern('/a,/b,/a', 'path', limits)).toHaveLength(2);
    const longest = Array.from({ length: 4 }, (_, at) => `/${at}${'x'.repeat(18)}`).join(',');
    expect(parsePattern(longest, 'path', limits)).toHaveLength(4);
    expect(parsePattern('/a,/a,/a,', 'prefix', limits)).toHaveLength(1);
  });

  it('matches without splitting what it matches after splitting', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '*');
    const glob = fc.tuple(fc.array(segment, { maxLength: 4 }), fc.boolean());
    const subject = fc
      .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 5 })
      .map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(glob, subject, ([segments, open], text) => {
        const names = segmentsOf(text);
        const fits = open ? names.length >= segments.length : names.length === segments.length;
        const expected = fits && segments.every((name, index) => name === '*' || name === names[index]);
        const pattern = `/${[...segments, ...(open ? ['**'] : [])].join('/')}`;
        if (pattern !== '/') expect(partMatches({ kind: 'glob', text: pattern }, text)).toBe(expected);
      }),
      runs(2000),
    );
  });
});

describe('a pattern matched by prefix', () => {
  it('takes what starts with it, as the original does', () => {
    expect(matches('/st', '/stocks', 'prefix')).toBe(true);
    expect(matches('/stocks/', '/stocks', 'prefix')).toBe(false);
    expect(matches('/a,/st', '/stocks/aex', 'prefix')).toBe(true);
    expect(matches('/', '/anything', 'prefix')).toBe(true);
  });

  it('has no wildcards', () => {
    expect(matches('/a*', '/ab', 'prefix')).toBe(false);
  });

  it('ignores blanks around its parts and empty parts, which never match everything', () => {
    for (const pattern of ['/a, /b', ' /b ', ',/b', '/a,,/b', '/b,,,', '/b, ,']) {
      expect([pattern, matches(pattern, '/b/c', 'prefix')]).toEqual([pattern, true]);
      expect([pattern, matches(pattern, '/x', 'prefix')]).toEqual([pattern, false]);
    }
    for (const pattern of ['', ' ', ',', ', ,']) expect(reasonFor(pattern, 'prefix')).toBe('is empty');
  });

  it('is any text without control characters', () => {
    expect(matches('alarmNotify', 'alarmNotify', 'prefix')).toBe(true);
    expect(matches('/a/b/', '/a/b/', 'prefix')).toBe(true);
    expect(matches('//a*', '//a*', 'prefix')).toBe(true);
    expect(reasonFor('/a\n', 'prefix')).toBe('holds a control character');
    expect(reasonFor('a\ud800', 'prefix')).toBe('holds half of a surrogate pair');
    expect(reasonFor('x'.repeat(1000), 'prefix')).toBe('is too long');
  });
});
