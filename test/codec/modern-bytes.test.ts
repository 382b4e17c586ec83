import { classicFormats, type Format, modernFormats } from '@cometkit/codec';
import { describe, expect, it } from 'vitest';
import { event, format, gap } from './kit.ts';

const data =
  '{"type":"data","subject":"/x","cursor":"k3f9qd-3-7cq1","time":1700000000123,"from":"me","data":{"a":[1,"é"]}}';
const gone = '{"type":"gap","from":12,"to":15,"reason":"trimmed","count":4,"cursor":"k3f9qd-f-1"}';
const published = event({ a: [1, 'é'] }, { subject: '/x', time: 1_700_000_000_123, from: 'me' });
const heartbeat = { event: 'heartbeat', fields: [['time', 1_700_000_000_123]] } as const;
const beat = '{"type":"heartbeat","time":1700000000123}';

describe('ndjson', () => {
  const ndjson = format('ndjson');

  it('writes an event as one line of JSON', () => {
    expect(ndjson.shared(published)).toBe(`${data}\n`);
  });

  it('writes a gap as one line of JSON', () => {
    expect(ndjson.shared(gap)).toBe(`${gone}\n`);
  });

  it('writes a control event with its numbers as numbers', () => {
    const ack = ndjson.control({
      event: 'join-ack',
      fields: [
        ['session', 'x'],
        ['time', 1_700_000_000_123],
      ],
    });
    expect(ack).toBe('{"type":"join-ack","session":"x","time":1700000000123}\n');
  });

  it('has no part of a frame that belongs to one session', () => {
    expect([ndjson.prologue(), ndjson.epilogue(), ndjson.separator, ndjson.head(gap, { seq: 1 })]).toEqual([
      '',
      '',
      '',
      '',
    ]);
  });

  it('keeps a frame on one line when a log hands on JSON with line breaks', () => {
    const pretty = event({ a: 1 }, { json: '{\r\n  "a": 1\n}' });
    expect(ndjson.shared(pretty).indexOf('\n')).toBe(ndjson.shared(pretty).length - 1);
    expect(JSON.parse(ndjson.shared(pretty))).toMatchObject({ data: { a: 1 } });
  });

  it('names the addressed session of an event sent to it', () => {
    expect(ndjson.shared({ ...published, scope: 'session', to: 'you' })).toContain('"to":"you"');
  });
});

describe.each(['sse', 'sse-subject', 'sse-envelope'] as const)('%s', (name) => {
  it('begins with the time to wait before a reconnect', () => {
    expect(format(name).prologue()).toBe('retry: 2000\n\n');
    expect(format(name)).toMatchObject({ contentType: 'text/event-stream', streamable: true });
  });

  it('gives a control event no id, but for the one that opens a channel', () => {
    const control = (type: string) => format(name).control({ event: type, fields: [['cursor', 'k-1-1']] });
    expect(control('heartbeat')).not.toContain('id: ');
    for (const type of ['listen-ack', 'join-listen-ack']) {
      expect(control(type)).toContain('id: k-1-1\ndata: ');
      expect(format(name).control({ event: type, fields: [] })).not.toContain('id: ');
    }
  });

  it('keeps data on one line when a log hands on JSON with line breaks', () => {
    const pretty = event({ a: 1 }, { json: '{\r\n  "a": 1\n}' });
    const [, ...rest] = format(name).shared(pretty).split('data: ');
    expect(rest.join('data: ')).toMatch(/^[^\r\n]+\n\n$/);
  });
});

describe('what other readers of lines take for the end of one', () => {
  const text = 'one\u2028two\u2029three\u0085four';
  const said = event({ [text]: text }, { subject: text, from: text });

  it.each([...modernFormats.values()].map(({ name }) => name))(
    'stands in no frame of %s, which means the same',
    (name) => {
      const shared = format(name).shared(said);
      expect(shared).not.toMatch(/[\u0085\u2028\u2029]/);
      const read = JSON.parse(
        shared.slice(shared.lastIndexOf('\n', shared.length - 3) + 1).replace(/^data: /, ''),
      );
      expect(read.data ?? read).toEqual({ [text]: text });
      if (read.type !== undefined) expect(read).toMatchObject({ subject: text, from: text });
    },
  );

  it('stands in no answer to a command', () => {
    const refused = { event: 'nack', fields: [['reason', text]] } as const;
    for (const { name } of modernFormats.values())
      expect(format(name).control(refused)).toContain('one\\u2028two\\u2029three\\u0085four');
  });
});

describe('sse', () => {
  const sse = format('sse');

  it('writes the data of an event alone, for onmessage, with its cursor as the id', () => {
    expect(sse.shared(published)).toBe('id: k3f9qd-3-7cq1\ndata: {"a":[1,"é"]}\n\n');
  });

  it('writes data that is text as JSON too', () => {
    expect(sse.shared(event('a\nb'))).toBe('id: k3f9qd-3-7cq1\ndata: "a\\nb"\n\n');
  });

  it('writes a gap as an event of its own with a cursor', () => {
    expect(sse.shared(gap)).toBe(`event: gap\nid: k3f9qd-f-1\ndata: ${gone}\n\n`);
  });

  it('names a control event after its type', () => {
    expect(sse.control(heartbeat)).toBe(`event: heartbeat\ndata: ${beat}\n\n`);
  });
});

describe('sse-subject', () => {
  const sse = format('sse-subject');

  it('names no event by a subject that is no path, which could pass for what the stream says of itself', () => {
    expect(sse.shared(event(1, { subject: 'abort' }))).not.toContain('event:');
  });

  it('names an event after its subject', () => {
    expect(sse.shared(published)).toBe('event: /x\nid: k3f9qd-3-7cq1\ndata: {"a":[1,"é"]}\n\n');
  });

  it('names everything else after its type', () => {
    expect(sse.shared(gap)).toBe(`event: gap\nid: k3f9qd-f-1\ndata: ${gone}\n\n`);
    expect(sse.control(heartbeat)).toBe(`event: heartbeat\ndata: ${beat}\n\n`);
  });
});

describe('an event that its publisher gave a name', () => {
  const named = { ...published, name: 'price' };

  it.each(['sse', 'sse-subject'] as const)('goes to the listeners of that name in %s', (name) => {
    expect(format(name).shared(named)).toBe('event: price\nid: k3f9qd-3-7cq1\ndata: {"a":[1,"é"]}\n\n');
  });

  it.each(['ndjson', 'sse-envelope', 'json-array'] as const)('has it in its message in %s', (name) => {
    expect(format(name).shared(named)).toContain('"cursor":"k3f9qd-3-7cq1","name":"price","time":');
  });
});

describe('an event with a trace', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traced = { ...published, traceparent };

  it.each(['ndjson', 'sse-envelope', 'json-array'] as const)('has it in its message in %s', (name) => {
    expect(format(name).shared(traced)).toContain(
      `"cursor":"k3f9qd-3-7cq1","traceparent":"${traceparent}","time":`,
    );
  });

  it.each(['sse', 'sse-subject', 'xml', 'xml-strict', 'js'] as const)(
    'is what it is without in %s',
    (name) => {
      expect(format(name).shared(traced)).toBe(format(name).shared(published));
    },
  );
});

describe('sse-envelope', () => {
  const sse = format('sse-envelope');

  it('writes every message whole and without a name', () => {
    expect(sse.shared(published)).toBe(`id: k3f9qd-3-7cq1\ndata: ${data}\n\n`);
    expect(sse.shared(gap)).toBe(`id: k3f9qd-f-1\ndata: ${gone}\n\n`);
    expect(sse.control(heartbeat)).toBe(`data: ${beat}\n\n`);
  });
});

describe('json-array', () => {
  const array = format('json-array');

  it('writes the messages of ndjson as one array', () => {
    const body = array.prologue() + [array.shared(published), array.control(heartbeat)].join(array.separator);
    expect(body + array.epilogue()).toBe(`[${data},\n${beat}]\n`);
  });

  it('is valid JSON without messages', () => {
    expect(JSON.parse(array.prologue() + array.epilogue())).toEqual([]);
  });

  it('is for answers that end', () => {
    expect(array).toMatchObject({ contentType: 'application/json', streamable: false, classic: false });
  });
});

describe('the bytes that a format adds to the JSON of an event', () => {
  const { json } = published;
  // A change here is paid for every event to every client.
  it.each([
    ['sse', 26],
    ['sse-subject', 36],
    ['sse-envelope', 122],
    ['ndjson', 97],
    ['json-array', 96],
  ] as const)('are in %s %i', (name, bytes) => {
    expect(Buffer.byteLength(format(name).shared(published)) - Buffer.byteLength(json)).toBe(bytes);
  });
});

describe('the formats', () => {
  it('are found by their names, those of each dialect by themselves', () => {
    expect([...classicFormats.keys()]).toEqual(['js', 'xml', 'xml-strict', 'json']);
    expect([...modernFormats.keys()]).toEqual(['ndjson', 'sse', 'sse-subject', 'sse-envelope', 'json-array']);
    const nameOf = ([name, { classic }]: [string, Format]) => `${name} ${classic}`;
    expect([...classicFormats].map(nameOf).join()).toBe('js true,xml true,xml-strict true,json true');
    for (const [name, found] of modernFormats) expect([found.name, found.classic]).toEqual([name, false]);
  });

  it.each(['ser', '', 'JS', '__proto__', 'constructor'])('have none named %j', (name) => {
    expect(classicFormats.get(name as never) ?? modernFormats.get(name as never)).toBeUndefined();
  });
});
