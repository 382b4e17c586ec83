import { describe, expect, it } from 'vitest';
import { parseFields } from '../../packages/handler/src/query.ts';

const limits = { maxFields: 4, maxFieldLength: 20 };
const parse = (text: string) => [...parseFields(text, 'bytes', limits)];

describe('parseFields', () => {
  it.each([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['', []],
    ['&&a=1&', [['a', '1']]],
    ['a', [['a', '']]],
    ['=x', []],
    ['a=b=c', [['a', 'b=c']]],
    ['a=1&a=2', [['a', '1']]],
    ['a[b]=1', [['a[b]', '1']]],
    ['a=x+y%20z%2B', [['a', 'x y z+']]],
    ['a=%E2%82%AC', [['a', '€']]],
    ['a=\u00e2\u0082\u00ac', [['a', '€']]],
    ['a=€', [['a', '€']]],
    ['a="<>{|}\\^', [['a', '"<>{|}\\^']]],
    ['__proto__=1', [['__proto__', '1']]],
  ])('reads %j', (text, fields) => {
    expect(parse(text)).toEqual(fields);
  });

  it.each(['%', '%4', '%zz', '%%41'])('leaves the broken escape %j as it is', (text) => {
    expect(parse(`a=${text}`)).toEqual([['a', text.replace('%41', 'A')]]);
  });

  it.each(['%ff', '%c0%af', '%ed%a0%80', '\u00ff', '%e2%82'])(
    'takes %j, which is not UTF-8, for U+FFFD',
    (text) => {
      expect(parse(`a=${text}`)[0]?.[1]).toMatch(/^\ufffd+$/);
    },
  );

  it('takes characters of a text for themselves', () => {
    expect([...parseFields('a=\u00e9%C3%A9', 'text', limits)]).toEqual([['a', 'éé']]);
  });

  it('refuses more fields than the limit', () => {
    expect(() => parse('a&b&c&d&e')).toThrow('[malformed-request]');
  });

  it.each([`a=${'x'.repeat(21)}`, `${'x'.repeat(65)}=1`])(
    'refuses a name or value that is too long',
    (text) => {
      expect(() => parse(text)).toThrow('[invalid-field]');
    },
  );
});
