import { createNdjsonDecoder, DecodeError } from '@cometkit/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpus, cut, decoderOf, format, names, read, runs } from './kit.ts';

const broken: Record<string, string[]> = {
  js: [
    '<script>alert(1)</script>',
    `<script language="JavaScript">parent.push('p_event', "a" + x);</script>`,
  ],
  xml: ['x<event p_event="a" />', '<event p_event="a" ></event>', '<event p_event="a\\', '<event a="1" />'],
  'xml-strict': [
    '<pushlet><pushlet>',
    '</pushlet>',
    '<event p_event="&bogus;" />',
    '<event p_event="a" a="<" />',
  ],
  json: ['[,', '[{ "p_event": 1 }]', '[{}]', '{}', '[]]', '[{ "p_event": "a" },]', '[{"p_event":"a",}]'],
  ndjson: ['[]\n', 'null\n', '{"type":7}\n', '{"type":""}\n', '{\n'],
  sse: ['data: x\n\n', 'event: gap\ndata: {}\n\n', 'event: gap\ndata: {"type":"abort"}\n\n'],
  'sse-subject': ['event: /a\ndata: x\n\n', 'event: gap\ndata: {}\n\n'],
  'sse-envelope': ['data: {}\n\n', 'data: x\n\n', 'event: gap\ndata: {"type":"gap"}\n\n'],
};

describe.each(names)('the decoder of %s', (name) => {
  const whole = read(name, [corpus(name)]);

  it('reads a response with an event of every kind', () => {
    expect(whole.error).toBeUndefined();
    expect(whole.events.map(([type]) => type)).toEqual([
      'join-listen-ack',
      'data',
      'gap',
      'data',
      'data',
      'refresh',
    ]);
  });

  it('reads the same from random pieces', () => {
    const places = fc.array(fc.nat(corpus(name).length), { maxLength: 40 });
    fc.assert(
      fc.property(places, (at) => {
        expect(read(name, cut(corpus(name), at))).toEqual(whole);
      }),
      runs(300),
    );
  });

  it.each([corpus(name), ...(broken[name] ?? [])])('reads the same character by character: %#', (text) => {
    expect(read(name, text.split(''))).toEqual(read(name, [text]));
  });

  it('waits or fails by name at every prefix, with the events that were whole', () => {
    const text = corpus(name);
    for (let length = 0; length < text.length; length += 1) {
      const { events, error } = read(name, [text.slice(0, length)]);
      expect(events).toEqual(whole.events.slice(0, events.length));
      expect(error ?? 'truncated').toMatch(/^truncated/);
    }
  });

  it.each(broken[name] ?? [])('fails by name: %s', (text) => {
    expect(read(name, [text]).error).toMatch(/^[a-z-]+ at \d+$/);
  });

  it('takes any text without a foreign error', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...corpus(name).split(/(?=[<"{:])/)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const split = read(name, pieces);
        expect(split).toEqual(read(name, [pieces.join('')]));
      }),
      runs(),
    );
  });

  it('refuses an event longer than the bound, whole or in pieces', () => {
    const frame = format(name).control({ event: 'x', fields: [['a', 'y'.repeat(5000)]] });
    const text = format(name).prologue() + frame;
    for (const pieces of [[text], text.split('')]) {
      expect(read(name, pieces, { maxBufferedChars: 2000 })).toMatchObject({
        events: [],
        error: /^too-large/,
      });
    }
    expect(read(name, [text], { maxBufferedChars: 6000 }).events).toHaveLength(1);
  });

  it('refuses everything after a failure until it is reset', () => {
    let count = 0;
    const decoder = decoderOf(name, () => {
      count += 1;
    });
    expect(() => decoder.feed((broken[name] ?? [])[0] ?? '')).toThrow(DecodeError);
    expect(() => decoder.feed(corpus(name))).toThrow(expect.objectContaining({ type: 'refused' }));
    expect(() => decoder.end()).toThrow(expect.objectContaining({ type: 'refused' }));
    decoder.reset();
    decoder.feed(corpus(name));
    decoder.end();
    expect(count).toBe(whole.events.length);
  });

  it('can be reset in the middle of a frame', () => {
    const text = corpus(name);
    for (let length = 0; length < text.length; length += 7) {
      const events: string[] = [];
      const decoder = decoderOf(name, (decoded) => events.push(decoded.event));
      decoder.feed(text.slice(0, length));
      decoder.reset();
      events.length = 0;
      decoder.feed(text);
      decoder.end();
      expect(events).toHaveLength(whole.events.length);
    }
  });
});

describe('a decoder', () => {
  it('refuses to go on after its callback has thrown', () => {
    const decoder = createNdjsonDecoder(() => {
      throw new Error('the application');
    });
    expect(() => decoder.feed('{"type":"a"}\n{"type":"b"}\n')).toThrow('the application');
    expect(() => decoder.feed('{"type":"c"}\n')).toThrow(
      expect.objectContaining({ type: 'refused', offset: 0 }),
    );
  });

  it('counts offsets from the start of the stream', () => {
    expect(read('ndjson', ['{"type":"a"}\n{"ty', 'pe":7}\n'])).toMatchObject({
      error: 'missing-event at 13',
    });
    expect(read('xml', ['<event p_event="a" /> ', '<event p_event=a />'])).toMatchObject({
      error: 'malformed at 37',
    });
  });

  it.each([0, -1, Number.NaN])('refuses a bound of %j characters', (maxBufferedChars) => {
    expect(() => createNdjsonDecoder(() => undefined, { maxBufferedChars })).toThrow(RangeError);
  });

  it('tells no text in the message of an error', () => {
    expect(String(new DecodeError('malformed', 5))).toBe(
      'DecodeError: [malformed] the text cannot be decoded at 5',
    );
  });
});

describe('the decoder of js', () => {
  it('reads pages of the original server', () => {
    const page =
      `<html><body>\n<script language="JavaScript"> var url=" "; \nfunction refresh() { document.location.href=url; }</script>` +
      `<script language="JavaScript">parent.push('p_event', "data",'msg', "it's");</script>` +
      `\n<script language="JavaScript">url='/pushlet.srv?p_id=a&p_event=refresh';\n setTimeout("refresh()", 3172);\n</script></body></html>`;
    expect(read('js', [page]).events).toEqual([
      ['data', [['msg', "it's"]]],
      [
        'refresh',
        [
          ['p_url', '/pushlet.srv?p_id=a&p_event=refresh'],
          ['p_wait', '3172'],
        ],
      ],
    ]);
  });
});

describe('a literal in the js format', () => {
  const script = (args: string) =>
    `<script language="JavaScript">parent.push('p_event', "x",${args});</script>`;

  it.each([
    [`'a', "\\"\\'\\\\\\u20AC"`, `"'\\€`],
    [`'a', "it's"`, "it's"],
    [`'a', 'say "hi"'`, 'say "hi"'],
  ])('is read: %s', (args, expected) => {
    expect(read('js', [script(args)]).events).toEqual([['x', [['a', expected]]]]);
  });

  it.each([
    `'a'`,
    `'a',"b"`,
    `'a', b`,
    `'a', "\\x41"`,
    `'a', "\\u12"`,
    `'a', "b`,
    `'a', "\n"`,
    `'a', "b" + "c"`,
  ])('is refused: %j', (args) => {
    expect(read('js', [script(args)])).toMatchObject({ events: [], error: /^malformed/ });
  });

  it('is not confused by a "<" before the end tag', () => {
    const text = `<script>x<</script>${script('\'a\', "1"')}`;
    expect(read('js', [text])).toEqual({ events: [], error: 'malformed at 8' });
  });

  it('stands for its field the first time only', () => {
    expect(read('js', [script(`'a', "1",'a', "2"`)]).events).toEqual([['x', [['a', '1']]]]);
  });
});

describe('the decoder of ndjson', () => {
  it('skips empty lines and refuses a cut one', () => {
    expect(read('ndjson', ['\n\r\n{"type":"a"}\r\n  '])).toEqual({
      events: [['a', []]],
      error: undefined,
    });
    expect(read('ndjson', ['{"type":"a"}'])).toEqual({ events: [], error: 'truncated at 12' });
  });
});

describe('the decoder of xml-strict', () => {
  it('reads documents that a socket ends with NUL', () => {
    const text = '<event p_event="a" />\0<pushlet><event p_event=\'b\' x="&#x1F600;" /></pushlet>\0\n';
    expect(read('xml-strict', [text])).toEqual({
      events: [
        ['a', []],
        ['b', [['x', '\u{1f600}']]],
      ],
      error: undefined,
    });
  });

  it('knows both quotes, also around the end of an element', () => {
    const text = `<event p_event='a/>"' x="/>'" />`;
    expect(read('xml-strict', [text]).events).toEqual([['a/>"', [['x', "/>'"]]]]);
  });
});
