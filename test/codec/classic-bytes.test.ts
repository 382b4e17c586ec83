import { frameItem } from '@cometkit/codec';
import { describe, expect, it } from 'vitest';
import { event, format, gap, read, respond } from './kit.ts';

const xml = format('xml');
const strict = format('xml-strict');
const js = format('js');
const json = format('json');

describe('xml', () => {
  it('writes bare elements one after the other', () => {
    const frames = [
      xml.control({
        event: 'listen-ack',
        fields: [
          ['mode', 'stream'],
          ['session', 'kofytibemu'],
          ['subscription', 'wopyc'],
          ['format', 'xml'],
          ['time', 1_700_000_000_000],
        ],
      }),
      xml.control({
        event: 'heartbeat',
        fields: [
          ['time', '1700000000'],
          ['seq', 1],
        ],
      }),
      xml.control({
        event: 'data',
        fields: [
          ['subject', '/fx/eur'],
          ['subscription', 'wopyc'],
          ['seq', 2],
          ['time', 1_700_000_003_900],
          ['bid', '1.07'],
        ],
      }),
    ];
    expect(respond('xml', frames)).toBe(
      '<event p_event="listen-ack" p_mode="stream" p_id="kofytibemu" p_sid="wopyc" p_format="xml" p_time="1700000000" />' +
        '<event p_event="hb" p_time="1700000000" p_seq="1" />' +
        '<event p_event="data" p_subject="/fx/eur" p_sid="wopyc" p_seq="2" p_time="1700000003" bid="1.07" />',
    );
  });

  it('puts what belongs to the session before what all sessions share', () => {
    expect(frameItem(xml, event({ bid: '1.07' }), { seq: 2, sid: 'wopyc', label: 'a' })).toBe(
      '<event p_event="data" p_sid="wopyc" p_label="a" p_seq="2" p_subject="/fx/eur" p_time="1700000003" bid="1.07" />',
    );
  });

  it('escapes as the original reads it', () => {
    const frame = xml.control({ event: 'x', fields: [['a', 'say "hi" \\ a > b &gt; <&\'\n']] });
    expect(frame).toBe('<event p_event="x" a="say \\"hi\\" \\\\ a &gt; b \\&gt; <&\'\n" />');
  });

  it('is text that no browser takes for a page', () => {
    expect(xml).toMatchObject({ contentType: 'text/plain;charset=UTF-8', classic: true, streamable: true });
  });
});

describe('xml-strict', () => {
  it('writes one document with named entities only', () => {
    const frames = [
      strict.control({ event: 'refresh-ack', fields: [['time', 1_700_000_010_000]] }),
      strict.control({
        event: 'data',
        fields: [
          ['subject', '/chat'],
          ['seq', 1],
          ['subscription', 'rukyz'],
          ['from', 'besotylufa'],
          ['time', 1_700_000_009_000],
          ['msg', "5 < 6 & it's"],
        ],
      }),
      strict.control({
        event: 'refresh',
        fields: [
          ['waitMs', 3172],
          ['url', '/pushlet/pushlet.srv?p_id=tanyremobi&p_event=refresh'],
          ['time', 1_700_000_010_000],
        ],
      }),
    ];
    expect(respond('xml-strict', frames)).toBe(
      '<pushlet><event p_event="refresh-ack" p_time="1700000010" />' +
        '<event p_event="data" p_subject="/chat" p_seq="1" p_sid="rukyz" p_from="besotylufa" p_time="1700000009" msg="5 &lt; 6 &amp; it&apos;s" />' +
        '<event p_event="refresh" p_wait="3172" p_url="/pushlet/pushlet.srv?p_id=tanyremobi&amp;p_event=refresh" p_time="1700000010" /></pushlet>',
    );
  });

  it('writes line breaks and tabs as references, which attribute normalisation leaves alone', () => {
    const frame = strict.control({ event: 'x', fields: [['a', '\t\r\n"\\>']] });
    expect(frame).toBe('<event p_event="x" a="&#9;&#13;&#10;&quot;\\&gt;" />');
  });

  it('is served as XML, for whole documents only', () => {
    expect(strict).toMatchObject({ contentType: 'text/xml;charset=UTF-8', classic: true, streamable: false });
  });
});

const preamble =
  '<html><head><meta http-equiv="Pragma" content="no-cache"><meta http-equiv="Expires" content="Tue, 31 Dec 1997 23:59:59 GMT"></head><body>\n' +
  '<script language="JavaScript"> var url=" "; \nfunction refresh() { document.location.href=url; }</script>';

describe('js', () => {
  it('calls parent.push in a page of its own', () => {
    const frame = js.control({
      event: 'join-ack',
      fields: [
        ['session', 'kofytibemu'],
        ['time', 1_700_000_000_000],
      ],
    });
    expect(respond('js', [frame])).toBe(
      `${preamble}<script language="JavaScript">parent.push('p_event', "join-ack",'p_id', "kofytibemu",'p_time', "1700000000");</script></body></html>`,
    );
  });

  it('ends with a navigation instead of a refresh event', () => {
    const refresh = js.control({
      event: 'refresh',
      fields: [
        ['waitMs', 3172],
        ['url', '/pushlet/pushlet.srv?p_id=tanyremobi&p_event=refresh'],
        ['time', 1_700_000_010_000],
      ],
    });
    expect(respond('js', [refresh])).toBe(
      `${preamble}\n<script language="JavaScript">url='/pushlet/pushlet.srv?p_id=tanyremobi\\u0026p_event=refresh';\n setTimeout(refresh, 3172);\n</script></body></html>`,
    );
  });

  it('writes literals that nothing can get out of', () => {
    const frame = js.control({ event: 'x', fields: [['a', '"\'\\</script>&\n\u2028\ud800\u0000é€']] });
    expect(frame).toBe(
      `<script language="JavaScript">parent.push('p_event', "x",'a', "\\u0022\\u0027\\u005c\\u003c/script\\u003e\\u0026\\u000a\\u2028\\ud800\\u0000é€");</script>`,
    );
  });

  it('puts the nonce on every script tag', () => {
    const context = { nonce: 'r4nd0m+/=' };
    const tag = '<script language="JavaScript" nonce="r4nd0m+/=">';
    const refresh = {
      event: 'refresh',
      fields: [
        ['waitMs', 1],
        ['url', '/p'],
      ],
    } as const;
    expect(js.prologue(context)).toContain(`${tag} var url`);
    expect(js.control({ event: 'heartbeat', fields: [] }, context)).toBe(
      `${tag}parent.push('p_event', "hb");</script>`,
    );
    expect(js.control(refresh, context)).toContain(`${tag}url='/p'`);
    expect(js.head(gap, { seq: 1 }, context)).toBe(`${tag}parent.push('p_event', "gap",'p_seq', "1",`);
  });

  it.each(['', '"', 'a b', '">', 'a'.repeat(129)])('refuses %j as a nonce', (nonce) => {
    expect(() => js.prologue({ nonce })).toThrow(TypeError);
  });

  it.each([
    ['javascript:alert(1)'],
    ['//evil.example/'],
    ['/\\evil.example'],
    ['https://evil.example/'],
    [''],
  ])('refuses to navigate to %j', (url) => {
    const refresh = {
      event: 'refresh',
      fields: [
        ['waitMs', 1],
        ['url', url],
      ],
    } as const;
    expect(() => js.control(refresh)).toThrow(expect.objectContaining({ code: 'invalid-url', field: 'url' }));
  });

  it.each([-1, 1.5, 'soon'])('refuses to wait %j milliseconds', (wait) => {
    const refresh = {
      event: 'refresh',
      fields: [
        ['waitMs', wait],
        ['url', '/p'],
      ],
    } as const;
    expect(() => js.control(refresh)).toThrow(
      expect.objectContaining({ code: 'invalid-number', field: 'waitMs' }),
    );
  });

  it('refuses a refresh that says not where to', () => {
    const refresh = { event: 'refresh', fields: [['waitMs', 1]] } as const;
    expect(() => js.control(refresh)).toThrow(
      expect.objectContaining({ code: 'missing-field', field: 'url' }),
    );
  });
});

describe('json', () => {
  it('writes an array with the blanks of the fork', () => {
    const one = json.control({ event: 'heartbeat', fields: [['b', '2']] });
    expect(one).toBe('{ "p_event": "hb" ,"b": "2"  }');
    expect(respond('json', [one, one])).toBe(`[${one},${one}]`);
  });

  it('escapes what the fork escapes', () => {
    const frame = json.control({
      event: 'x',
      fields: [['a', '"\\\b\t\n\f\r\u0001</a>/\u0080\u009f\u2028é\u007f\udc00']],
    });
    expect(frame).toBe(
      '{ "p_event": "x" ,"a": "\\"\\\\\\b\\t\\n\\f\\r\\u0001<\\/a>/\\u0080\\u009f\\u2028é\u007f\\udc00"  }',
    );
  });

  it('is served as what it is', () => {
    expect(json).toMatchObject({ contentType: 'application/json', classic: true, separator: ',' });
  });
});

describe.each([xml, strict, js, json])('an item in $name', (of) => {
  const shared = (data: Parameters<typeof event>[0], more = {}) => of.shared(event(data, more));

  it('gives members of plain data as fields of their own', () => {
    const text = shared({ s: 'x', n: 1.5, b: true, z: null, o: { a: [1] } });
    for (const value of ['x', '1.5', 'true', 'null']) expect(text).toContain(`"${value}"`);
    expect(text).not.toMatch(/["']data["']/);
  });

  it.each([[[1, 2]], ['text'], [7], [null], [{ p_event: 'abort' }], [{ length: 1 }], [{ 'a\n': 1 }]])(
    'gives %j as one field of JSON',
    (data) => {
      expect(shared(data)).toContain('data');
    },
  );

  it('tells the publisher and the addressed session, never a principal', () => {
    expect(shared({}, { from: 'pub1', scope: 'session', to: 'sess1' })).toMatch(/p_from.*pub1.*p_to.*sess1/);
    expect(shared({}, { scope: 'principal', to: 'alice' })).not.toContain('alice');
  });

  it('gives a gap the fields of a gap', () => {
    expect(of.shared(gap)).toMatch(/p_from.*12.*p_to.*15.*p_reason.*trimmed.*p_count.*4.*p_cur.*k3f9qd-f-1/);
    expect(of.shared({ ...gap, count: undefined })).not.toContain('p_count');
  });

  it('gives what is not JSON in a hand-made event as the JSON text it came with', () => {
    const odd = event({ a: '1' }, { data: { a: undefined } as never });
    expect(of.shared(odd)).toContain('data');
  });

  it('packs JSON text that a log hands on with line breaks', () => {
    const pretty = event([1], { json: '[\r\n\t1\n]' });
    const { events } = read(of.name, [respond(of.name, [frameItem(of, pretty, { seq: 1 })])]);
    expect(new Map(events[0]?.[1]).get('data')).toBe('[   1 ]');
  });

  it('does not hide that the data of a log cannot be read', () => {
    const spoilt = Object.defineProperty(event({}), 'data', {
      get: () => {
        throw new SyntaxError('spoilt');
      },
    });
    expect(() => of.shared(spoilt)).toThrow('spoilt');
  });
});
