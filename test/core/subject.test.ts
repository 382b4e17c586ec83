import { isWellFormed } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSubject, flawOfPath, segmentsOf } from '../../packages/core/src/subject.ts';
import { runs, thrownBy } from './kit.ts';

const limits = { maxSubjectLength: 20, maxSubjectDepth: 4 };
const flawIn = (subject: string) => {
  try {
    checkSubject(subject, limits);
  } catch (error) {
    return (error as { details: { reason: string } }).details.reason;
  }
  return undefined;
};

describe('a subject', () => {
  it.each([
    '/a',
    '/a/b',
    '/a/b/c/d',
    '/New York',
    '/ä/日本/😀',
    '/a.b-c_d~',
    '/__proto__',
    `/${'x'.repeat(19)}`,
  ])('may be %s', (subject) => {
    expect(flawIn(subject)).toBeUndefined();
  });

  it.each([
    ['', 'is empty'],
    [undefined as unknown as string, 'is empty'],
    [`/${'x'.repeat(20)}`, 'is longer than 20 characters'],
    ['a', 'does not start with "/"'],
    [' /a', 'does not start with "/"'],
    ['/a\n', 'holds a control character'],
    ['/a\u0000b', 'holds a control character'],
    ['/a\u0085b', 'holds a control character'],
    ['/a\u007f', 'holds a control character'],
    ['/1/2/3/4/5', 'is deeper than 4 segments'],
    ['/a\ud800', 'holds half of a surrogate pair'],
    ['/\udc00a', 'holds half of a surrogate pair'],
    ['/a,/b', 'holds a comma'],
    ['/a*', 'holds a "*"'],
    ['/', 'has an empty segment'],
    ['/a/', 'has an empty segment'],
    ['/a//b', 'has an empty segment'],
  ])('may not be %j', (subject, reason) => {
    expect(flawIn(subject)).toBe(reason);
  });

  it('is looked at closely only where a first look does not know: the verdict is the same', () => {
    const unit = fc.constantFrom(
      '/',
      'a',
      'Z',
      '7',
      '-',
      '_',
      '.',
      '~',
      ':',
      '@',
      ' ',
      ',',
      '*',
      '\n',
      '\u00e4',
      '\ud83d',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
        const rules = [
          flawOfPath(text, limits),
          text.includes(',') ? 'holds a comma' : undefined,
          text.includes('*') ? 'holds a "*"' : undefined,
          text === '/' || text.endsWith('/') || text.includes('//') ? 'has an empty segment' : undefined,
        ];
        expect(flawIn(text)).toBe(rules.find((flaw) => flaw !== undefined));
      }),
      runs(2000),
    );
  });

  it('is refused with a message that does not echo it', () => {
    const error = thrownBy(() => checkSubject('/<script>*', limits));
    expect(error).toMatchObject({
      code: 'invalid-subject',
      message: '[invalid-subject] the subject holds a "*"',
    });
  });

  it('splits into its segments', () => {
    expect([segmentsOf('/'), segmentsOf('/a'), segmentsOf('/a/b')]).toEqual([[], ['a'], ['a', 'b']]);
  });
});

describe('isWellFormed', () => {
  it('says what the platform says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '\ud83d', '\udc00', '😀'),
        (text, tail) => {
          const expected = (text + tail) as string & { isWellFormed(): boolean };
          expect(isWellFormed(text + tail)).toBe(expected.isWellFormed());
        },
      ),
      runs(500),
    );
  });

  it('is what flawOfPath asks last', () => {
    expect(flawOfPath('/a\ud83d\ude00', limits)).toBeUndefined();
    expect(flawOfPath('/a\ude00\ud83d', limits)).toBe('holds half of a surrogate pair');
  });
});
