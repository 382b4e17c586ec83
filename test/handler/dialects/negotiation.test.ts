import { describe, expect, it } from 'vitest';
import { stage } from '../kit.ts';

type FormatName = 'ndjson' | 'sse' | 'sse-subject' | 'sse-envelope' | 'json-array';

/** How an answer ends behind the first event that is published, in each format. One of JSON ends before. */
const looks: Readonly<Record<FormatName, readonly [contentType: string, end: RegExp]>> = {
  ndjson: ['application/x-ndjson', /\n\{"type":"data","subject":"\/a".*"data":1\}\n$/],
  sse: ['text/event-stream', /\n\nid: \S+\ndata: 1\n\n$/],
  'sse-subject': ['text/event-stream', /\n\nevent: \/a\nid: \S+\ndata: 1\n\n$/],
  'sse-envelope': ['text/event-stream', /\n\nid: \S+\ndata: \{"type":"data".*"data":1\}\n\n$/],
  'json-array': ['application/json', /^\[\{"type":"join-listen-ack".*\},\n\{"type":"refresh".*\}\]\n$/],
};

const none = undefined;
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** What an `Accept` header, the field `format` and the field `events` make of an answer. */
const negotiated: readonly (readonly [
  accept: string | undefined,
  format: string | undefined,
  events: string | undefined,
  expected: FormatName | 'refused',
])[] = [
  [none, none, none, 'ndjson'],
  ['', none, none, 'ndjson'],
  ['*/*', none, none, 'ndjson'],
  ['application/x-ndjson', none, none, 'ndjson'],
  ['application/ndjson', none, none, 'ndjson'],
  ['text/event-stream', none, none, 'sse'],
  ['Text/Event-Stream; q=1, */*;q=0.1', none, none, 'sse'],
  ['text/event-stream;q=0.5, application/x-ndjson;q=0.9', none, none, 'ndjson'],
  ['application/x-ndjson;q=0.5, text/event-stream;q=0.9', none, none, 'sse'],
  ['text/event-stream;q=0, */*;q=0.1', none, none, 'ndjson'],
  ['application/json;q=0.1, text/event-stream', none, none, 'sse'],
  ['application/json', none, none, 'json-array'],
  ['application/json, text/plain, */*', none, none, 'json-array'],
  ['application/*', none, none, 'ndjson'],
  ['text/*', none, none, 'sse'],
  ['image/png', none, none, 'ndjson'],
  [browser, none, none, 'ndjson'],
  [`${'x'.repeat(2000)},text/event-stream`, none, none, 'ndjson'],
  ['text/event-stream', 'ndjson', none, 'ndjson'],
  ['application/x-ndjson', 'sse', none, 'sse'],
  [none, 'sse', none, 'sse'],
  ['text/event-stream', 'json', none, 'json-array'],
  ['text/event-stream', none, 'subject', 'sse-subject'],
  [none, 'sse', 'subject', 'sse-subject'],
  [none, 'sse', 'envelope', 'sse-envelope'],
  ['text/event-stream', none, 'envelope', 'sse-envelope'],
  [none, none, 'subject', 'refused'],
  ['text/event-stream', 'ndjson', 'envelope', 'refused'],
  ['text/event-stream', none, 'all', 'refused'],
  [none, 'xml', none, 'refused'],
  [none, 'js', none, 'refused'],
  [none, 'sse-envelope', none, 'refused'],
  [none, '__proto__', none, 'refused'],
];

function queryOf(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(given).toString();
}

describe('the format of an answer', () => {
  it.each(negotiated)(
    'with Accept %j, format %j and events %j is %s',
    async (accept, format, events, expected) => {
      const { hub, send, turn, advance } = stage();
      const headers = accept === undefined ? {} : { accept };
      const query = queryOf({ subject: '/a', format, events });
      const answer = await send({ query, headers });
      if (expected === 'refused') {
        expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
        expect(hub.stats().sessions).toBe(0);
        return;
      }
      const [contentType, end] = looks[expected];
      expect([answer.status, answer.headers['content-type']]).toEqual([200, contentType]);
      hub.publish('/a', 1);
      await turn();
      await advance(2000);
      expect(expected === 'json-array' ? answer.body : answer.outlet.text).toMatch(end);
    },
  );

  it('is said by a HEAD without doing anything', async () => {
    const { send, hub } = stage();
    const headers = { accept: 'text/event-stream' };
    const answer = await send({ method: 'HEAD', query: 'subject=/a', headers });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(hub.stats().sessions).toBe(0);
  });

  it('may be another for each command of a session', async () => {
    const { send } = stage();
    const joined = await send({ body: '{"type":"join"}' });
    const { session, key } = JSON.parse(joined.body);
    const body = JSON.stringify({ type: 'heartbeat', session, key });
    const plain = await send({ body });
    expect(plain.body).toMatch(/^\{"type":"heartbeat-ack".*\}\n$/);
    const array = await send({ body, headers: { accept: 'application/json' } });
    expect(JSON.parse(array.body)).toMatchObject([{ type: 'heartbeat-ack' }]);
  });
});
