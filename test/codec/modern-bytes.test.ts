import { formatOf, formats } from '@cometkit/codec';
import { describe, expect, it } from 'vitest';
import { event, format, gap } from './kit.ts';

const data =
  '{"p_event":"data","p_subject":"/x","p_cur":"k3f9qd-3-7cq1","p_time":1700000000.123,"p_from":"me","data":{"a":[1,"é"]}}';
const gone = '{"p_event":"gap","p_from":12,"p_to":15,"p_reason":"trimmed","p_count":4,"p_cur":"k3f9qd-f-1"}';
const published = event({ a: [1, 'é'] }, { subject: '/x', time: 1_700_000_000_123, from: 'me' });

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
        ['p_id', 'x'],
        ['p_time', 1700000000.123],
      ],
    });
    expect(ack).toBe('{"p_event":"join-ack","p_id":"x","p_time":1700000000.123}\n');
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
    expect(ndjson.shared({ ...published, scope: 'session', to: 'you' })).toContain('"p_to":"you"');
  });
});

describe('sse', () => {
  const sse = format('sse');

  it('begins with the time to wait before a reconnect', () => {
    expect(sse.prologue()).toBe('retry: 2000\n\n');
  });

  it('writes an event for onmessage with its cursor as the id', () => {
    expect(sse.shared(published)).toBe(`id: k3f9qd-3-7cq1\ndata: ${data}\n\n`);
  });

  it('writes a gap as an event of its own with a cursor', () => {
    expect(sse.shared(gap)).toBe(`event: gap\nid: k3f9qd-f-1\ndata: ${gone}\n\n`);
  });

  it('writes a control event without an id', () => {
    expect(sse.control({ event: 'hb', fields: [['p_cur', 'k-1-1']] })).toBe(
      'event: hb\ndata: {"p_event":"hb","p_cur":"k-1-1"}\n\n',
    );
  });

  it.each(['listen-ack', 'join-listen-ack'])('gives the cursor of a %s as an id', (type) => {
    expect(sse.control({ event: type, fields: [['p_cur', 'k-1-1']] })).toContain(
      `event: ${type}\nid: k-1-1\ndata: `,
    );
    expect(sse.control({ event: type, fields: [] })).not.toContain('id:');
  });
});

describe('formatOf', () => {
  it('finds every format by its name', () => {
    for (const [name, found] of formats) expect(formatOf(name)).toBe(found);
    expect([...formats.keys()]).toEqual(['js', 'xml', 'xml-strict', 'json', 'ndjson', 'sse']);
  });

  it.each(['ser', '', 'JS', '__proto__', 'constructor'])('has none named %j', (name) => {
    expect(formatOf(name)).toBeUndefined();
  });
});
