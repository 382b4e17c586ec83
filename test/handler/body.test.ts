import { describe, expect, it } from 'vitest';
import { readFields } from '../../packages/handler/src/body.ts';

const rules = { maxFields: 8, maxFieldLength: 40, maxBodyBytes: 300 };
const read = (text: string, type = '') => readFields({ kind: 'text', text }, type, rules);
const fields = (text: string, type = '') => Object.fromEntries(read(text, type).fields);
const parsed = (value: unknown, type = '') => readFields({ kind: 'parsed', value }, type, rules);

describe('a body as text', () => {
  it.each([
    ['an element', '<event p_event="join" x="1" />'],
    ['an element of another name, behind blanks', ' \r\n<foo p_event="join" x="1"/> '],
    ['a form', 'p_event=join&x=1'],
    ['JSON', '{"p_event":"join","x":"1"}'],
  ])('is read as %s, whatever the content type says', (_what, text) => {
    for (const type of ['', 'application/x-www-form-urlencoded', 'text/plain', 'application/json']) {
      expect(fields(text, type)).toEqual({ p_event: 'join', x: '1' });
    }
  });

  it('is read with backslashes unless it says that it is XML', () => {
    expect(fields('<e a="\\"&lt;" />')).toEqual({ a: '"&lt;' });
    expect(fields('<e a="\\&lt;" />', 'text/xml')).toEqual({ a: '\\<' });
  });

  it('keeps the types of JSON', () => {
    expect(read('{"n":1,"b":true,"data":[1,{"x":null}]}')).toEqual({
      fields: new Map<string, unknown>([
        ['n', 1],
        ['b', true],
        ['data', [1, { x: null }]],
      ]),
      structured: true,
      source: 'body',
    });
  });

  it.each([
    '<',
    '<event',
    '<event a="1"',
    '<event a=1 />',
    '<event a="1" /><b/>',
    '<!DOCTYPE x>',
    '{',
    '{"a":}',
    '{"a":1}x',
  ])('is refused when it is %j', (text) => {
    expect(() => read(text)).toThrow('[malformed-request]');
  });

  it('is refused when JSON nests deeper than 32', () => {
    const nested = (depth: number) => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(read(nested(31)).structured).toBe(true);
    expect(() => read(nested(32))).toThrow('nests too deep');
    expect(fields(`{"a":"${'['.repeat(39)}"}`)).toEqual({ a: '['.repeat(39) });
  });

  it('is refused when it is larger than allowed', () => {
    expect(() => read(`x=${'y'.repeat(300)}`)).toThrow('[body-too-large]');
  });

  it.each(['<e a="LONG" />', '{"a":"LONG"}', 'a=LONG'])(
    'is refused with a value that is too long: %s',
    (text) => {
      expect(() => read(text.replace('LONG', 'x'.repeat(41)))).toThrow('[invalid-field]');
    },
  );

  it('keeps hostile names apart from every prototype', () => {
    for (const text of ['{"__proto__":"x"}', '__proto__=x', '<e __proto__="x" />']) {
      expect([...read(text).fields]).toEqual([['__proto__', 'x']]);
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('a body that a parser has eaten', () => {
  const form = 'application/x-www-form-urlencoded';

  it.each([
    ['text', 'p_event=join&x=1'],
    ['bytes', new TextEncoder().encode('p_event=join&x=1')],
  ])('is read from %s', (_what, value) => {
    expect(Object.fromEntries(parsed(value).fields)).toEqual({ p_event: 'join', x: '1' });
  });

  it('is read from the object of a JSON parser', () => {
    expect(parsed({ p_event: 'publish', data: { a: [1] } }, 'application/json').structured).toBe(true);
  });

  it('is read from the object of a form parser, the first of repeated names', () => {
    expect(parsed({ p_event: 'join', x: ['1', '2'] }, form)).toEqual({
      fields: new Map([
        ['p_event', 'join'],
        ['x', '1'],
      ]),
      structured: false,
      source: 'body',
    });
  });

  it('is put together again when a form parser took an element to pieces', () => {
    const pieces = { '<event p_event': '"publish" p_subject="/a" t="1', ' b': '2" />' };
    expect(Object.fromEntries(parsed(pieces, form).fields)).toEqual({
      p_event: 'publish',
      p_subject: '/a',
      t: '1& b=2',
    });
  });

  it.each([[[1, 2]], [null], [7], [{ x: () => 1 }], [{ x: { toString: 1n } }]])(
    'is refused when it is no object of fields',
    (value) => {
      expect(() => parsed(value)).toThrow('[malformed-request]');
    },
  );

  it('is refused when a form nests', () => {
    expect(() => parsed({ a: { b: '1' } }, form)).toThrow('[malformed-request]');
  });

  it('is refused when its object nests deeper than 32', () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 40; depth += 1) value = { value };
    expect(() => parsed(value)).toThrow('nests too deep');
  });
});
