import { DecodeError, type ElementDialect, parseElement } from '@cometkit/codec';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { anyText, poison, runs } from './kit.ts';

function parse(dialect: ElementDialect, text: string): Record<string, string> | string {
  try {
    return Object.fromEntries(parseElement(text, { dialect }));
  } catch (error) {
    if (error instanceof DecodeError) return `${error.type} at ${error.offset}`;
    throw error;
  }
}

describe('parseElement', () => {
  describe('in the dialect pushlet', () => {
    const cases: [string, Record<string, string> | string][] = [
      ['<event p_event="join" p_format="xml" />', { p_event: 'join', p_format: 'xml' }],
      ['<x a="1"b="2"/>', { a: '1', b: '2' }],
      ['junk <x a="1" />\r\n', { a: '1' }],
      ['<x a="say \\"hi\\" \\\\ \\n" />', { a: 'say "hi" \\ n' }],
      ['<x a="1 > 0 /> &quot; <" />', { a: '1 > 0 /> &quot; <' }],
      ['<x a="line\nbreak" />', { a: 'line\nbreak' }],
      ['<x a="first" a="second" />', { a: 'first' }],
      ['<x/>', {}],
      ['<x a = "1" />', { a: '1' }],
      ["<x a='1' />", 'malformed at 5'],
      ['<x a=1 />', 'malformed at 5'],
      ['<x a />', 'malformed at 5'],
      ['<x a="1" >', 'truncated at 10'],
      ['<x a="1"></x>', { a: '1' }],
      ['<x a="1"> </x >', { a: '1' }],
      ['<x a="1"></y>', 'malformed at 11'],
      ['<x a="1">text</x>', 'malformed at 9'],
      ['<x a="1" / >', 'malformed at 10'],
      ['<x a="1" /><y />', 'malformed at 11'],
      ['<?xml version="1.0"?><x />', 'invalid-name at 1'],
      ['<x 1a="a" a b="b" 中文="c" a[b]="d" />', { '1a': 'a', 'a b': 'b', 中文: 'c', 'a[b]': 'd' }],
      [`<x ${'n'.repeat(65)}="" />`, 'invalid-name at 3'],
      ['', 'truncated at 0'],
      ['no element', 'truncated at 10'],
      ['<', 'truncated at 1'],
      ['<x a="1\\', 'truncated at 8'],
    ];

    it.each(cases)('reads %j', (text, expected) => {
      expect(parse('pushlet', text)).toEqual(expected);
    });
  });

  describe('in the dialect xml', () => {
    const cases: [string, Record<string, string> | string][] = [
      ['<event p_event="join" p_format=\'xml\'/>', { p_event: 'join', p_format: 'xml' }],
      [' <x a="&lt;&gt;&amp;&quot;&apos;" />\n', { a: '<>&"\'' }],
      ['<x a="&#9;&#10;&#x1F600;&#x10FFFF;" />', { a: '\t\n\u{1f600}\u{10ffff}' }],
      ['<x a="\\n\\" />', { a: '\\n\\' }],
      ['<x a="1 > 0 />" />', { a: '1 > 0 />' }],
      ['<x a="a\tb\r\nc\nd" />', { a: 'a b c d' }],
      ['<x a="it\'s" b=\'"\' />', { a: "it's", b: '"' }],
      ['<x a="1"b="2"/>', 'malformed at 8'],
      ['<x a="<" />', 'malformed at 6'],
      ['<x a="&" />', 'invalid-reference at 6'],
      ['<x a="&bogus;" />', 'invalid-reference at 6'],
      ['<x a="&#0;" />', 'invalid-reference at 6'],
      ['<x a="&#xD800;" />', 'invalid-reference at 6'],
      ['<x a="&#x110000;" />', 'invalid-reference at 6'],
      ['<x a="&#XA;" />', 'invalid-reference at 6'],
      ['<x a="&#000000009;" />', 'invalid-reference at 6'],
      ['<x a="\u0001" />', 'invalid-character at 6'],
      ['<x a="b\ud800" />', 'invalid-character at 7'],
      ['<x a="1"></x>', { a: '1' }],
      ['<x a="1"><y/></x>', 'malformed at 10'],
      ['<x 中文="1"/>', { 中文: '1' }],
      ['<x 1a="" />', 'invalid-name at 3'],
      ['<x a="1" /><!-- -->', 'malformed at 11'],
      ['junk<x />', 'malformed at 0'],
      ['<?xml version="1.0" encoding="UTF-8"?>\n<x a="1" />', { a: '1' }],
      ["<?xml version='1.0'?><x />", {}],
      ['<?xml version="1.0"?>', 'truncated at 21'],
      ['<?xml version="1.0"><x />', 'invalid-name at 1'],
      ['<?xml-stylesheet href="a"?><x />', 'invalid-name at 1'],
      [' <?xml version="1.0"?><x />', 'invalid-name at 2'],
      ['<x a="1', 'truncated at 7'],
    ];

    it.each(cases)('reads %j', (text, expected) => {
      expect(parse('xml', text)).toEqual(expected);
    });
  });

  it('takes at most 64 attributes unless told otherwise', () => {
    const attributes = (count: number) =>
      Array.from({ length: count }, (_, index) => ` a${index}="x"`).join('');
    expect(parseElement(`<x${attributes(64)} />`, { dialect: 'xml' }).size).toBe(64);
    expect(parse('xml', `<x${attributes(65)} />`)).toMatch(/^too-many-fields/);
    expect(() => parseElement('<x a="" b="" />', { dialect: 'pushlet', maxAttributes: 1 })).toThrow(
      DecodeError,
    );
  });

  it('counts repeated names against the number of attributes', () => {
    expect(parse('pushlet', `<x${' a="1"'.repeat(65)} />`)).toMatch(/^too-many-fields/);
  });
});

const dialects: ElementDialect[] = ['pushlet', 'xml'];
const documents = [
  '<event p_event="publish" p_subject="/x" text="a \\"b\\" &amp; \' &#10; > c" />',
  '<e a=\'1\' b="2" />',
  '  <e\n\ta = "1"\r\n/>  ',
];

describe.each(dialects)('the dialect %s has an explicit end', (dialect) => {
  it.each(documents)('gives a defined answer for every prefix of %s', (text) => {
    for (let length = 0; length <= text.length; length += 1) {
      const outcome = parse(dialect, text.slice(0, length));
      if (typeof outcome === 'string') expect(outcome).toMatch(/^[a-z-]+ at \d+$/);
    }
  });
});

describe.each(dialects)('the dialect %s', (dialect) => {
  it.each(poison)('takes %s for a name like any other', (name) => {
    const before = Reflect.ownKeys(Object.prototype);
    expect([...parseElement(`<x ${name}="1" a="2" />`, { dialect })]).toEqual([
      [name, '1'],
      ['a', '2'],
    ]);
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
  });
});

/** Attributes of a document of one empty element as an XML parser gives them; undefined when it refuses. */
function parseWithSaxes(text: string): Record<string, string> | undefined {
  const attributes = Object.create(null) as Record<string, string>;
  const parser = new SaxesParser({ xmlns: false });
  let failed = false;
  parser.on('error', () => {
    failed = true;
  });
  parser.on('opentag', (tag) => Object.assign(attributes, tag.attributes));
  parser.write(text).close();
  return failed ? undefined : attributes;
}

const token = fc.oneof(
  fc.constantFrom(
    '<e',
    ' ',
    ' a="',
    '"',
    " b='",
    "'",
    '/>',
    '&amp;',
    '&#65;',
    '&#x41;',
    '&',
    ';',
    '<',
    '>',
    '\r\n',
  ),
  fc.constantFrom(
    '&#0;',
    '&lt;',
    '&bogus;',
    '\\',
    '\t',
    '=',
    '<!DOCTYPE e>',
    '<![CDATA[',
    '<!--',
    '<?x?>',
    '</e>',
  ),
  anyText,
);
const attribute = fc.tuple(
  fc.constantFrom('a', 'b', 'c.d', '_e-1'),
  fc.constantFrom('"', "'"),
  fc.array(token, { maxLength: 4 }),
);
const element = fc.oneof(
  fc.array(token, { maxLength: 12 }).map((parts) => parts.join('')),
  fc
    .uniqueArray(attribute, { maxLength: 4, selector: ([name]) => name })
    .map(
      (list) =>
        `<e${list.map(([name, quote, value]) => ` ${name}=${quote}${value.join('')}${quote}`).join('')} />`,
    ),
);

describe('hostile XML', () => {
  it('accepts nothing that an XML parser refuses, and reads the same in what it accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(element, (text) => {
        const outcome = parse('xml', text);
        if (typeof outcome === 'string' || /\s(a|b)=.*\s\1=/s.test(text)) return;
        accepted += 1;
        expect(outcome).toEqual({ ...parseWithSaxes(text) });
      }),
      runs(5000),
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it.each(dialects)('gives no value longer than what it was written with: %s', (dialect) => {
    fc.assert(
      fc.property(element, (text) => {
        const outcome = parse(dialect, text);
        if (typeof outcome !== 'string')
          expect(Object.values(outcome).join('').length).toBeLessThan(text.length);
      }),
      runs(),
    );
  });

  it.each([
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x v="&b;" />',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x />',
    '<x a="&a;" />',
    '<![CDATA[<x />]]>',
    '<!-- --><x />',
    '<?xml version="1.0"?><?xml version="1.0"?><x />',
    '<?xml version="1.0"?><!DOCTYPE x><x />',
    '<x xmlns:a="b" />',
    '<x><y /></x>',
  ])('refuses %s', (text) => {
    expect(typeof parse('xml', text)).toBe('string');
  });
});
