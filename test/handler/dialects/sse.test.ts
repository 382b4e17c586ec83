import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { stage } from '../kit.ts';

/** Opens a stream as an EventSource does, and publishes. */
async function streamed(query: string, events: readonly (readonly [subject: string, data: unknown])[]) {
  const { send, hub, turn, advance } = stage();
  const { outlet } = await send({ query, headers: { accept: 'text/event-stream' } });
  await advance(2000);
  const before = outlet.text.length;
  const published = [];
  for (const [subject, data] of events) {
    published.push(hub.publish(subject, data as string));
    await turn();
  }
  return { hub, outlet, published, advance, fresh: outlet.text.slice(before) };
}

function parse(text: string): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  parser.feed(text);
  return messages;
}

const awkward = [
  'text',
  'two\nlines\r\nand \u2028 more',
  'data: x\n\nid: forged\n\n',
  '',
  null,
  0,
  [1, [2]],
  { a: { b: 'é😀' } },
];

describe('what an EventSource reads', () => {
  it.each(awkward)('is the data alone, as JSON: %j', async (data) => {
    const { fresh, published } = await streamed('subject=/a', [['/a', data]]);
    expect(parse(fresh)).toEqual([
      // What other readers take for the end of a line is an escape.
      { id: published[0]?.cursor, event: undefined, data: JSON.stringify(data).replace('\u2028', '\\u2028') },
    ]);
  });

  it('of everything else are events with a name', async () => {
    const { outlet, hub, advance } = await streamed('subject=/a', []);
    const [session] = [...hub.sessions()];
    hub.publish('/a', 'taken back');
    if (session !== undefined) hub.revoke(session);
    await advance(12_000);
    const named = parse(outlet.text);
    expect([...new Set(named.map(({ event }) => event))]).toEqual([
      'join-listen-ack',
      'heartbeat',
      'revoked',
      'gap',
    ]);
    for (const { event, data } of named) expect(JSON.parse(data)).toMatchObject({ type: event });
  });

  it('has the place where the stream began as its first id', async () => {
    const { outlet } = await streamed('subject=/a', []);
    const [ack] = parse(outlet.text);
    expect(ack?.id).toBe(JSON.parse(ack?.data ?? '').cursor);
  });

  it('says when to come back before anything else', async () => {
    const { outlet } = await streamed('subject=/a', []);
    const intervals: number[] = [];
    createParser({ onRetry: (ms) => intervals.push(ms) }).feed(outlet.text);
    expect(intervals).toEqual([2000]);
  });

  it('with events=subject is named by its subject', async () => {
    const { fresh, published } = await streamed('subject=/prices&events=subject', [
      ['/prices/acme', { bid: 1 }],
      ['/prices/initech', 2],
    ]);
    expect(parse(fresh)).toEqual([
      { id: published[0]?.cursor, event: '/prices/acme', data: '{"bid":1}' },
      { id: published[1]?.cursor, event: '/prices/initech', data: '2' },
    ]);
  });

  it('with events=envelope is the line that ndjson has, and nothing has a name', async () => {
    const { fresh, outlet } = await streamed('subject=/a&events=envelope', [['/a', 1]]);
    const [message] = parse(fresh);
    expect(JSON.parse(message?.data ?? '')).toMatchObject({ type: 'data', subject: '/a', data: 1 });
    expect(parse(outlet.text).every(({ event }) => event === undefined)).toBe(true);
    expect(parse(outlet.text).map(({ data }) => JSON.parse(data).type)).toContain('heartbeat');
  });

  it.each(awkward)('costs at most 50 bytes more than the data alone: %j', async (data) => {
    const { fresh } = await streamed(
      'subject=/a',
      Array.from({ length: 3 }, () => ['/a', data] as const),
    );
    const bare = `data: ${JSON.stringify(data)}\n\n`;
    const bytes = (text: string): number => Buffer.byteLength(text);
    expect(bytes(fresh) - 3 * bytes(bare)).toBeLessThanOrEqual(3 * 50);
  });
});

it('an EventSource that comes back with its last id goes on behind it, with the data alone', async () => {
  const { send, hub, turn, advance } = stage();
  const first = await send({ query: 'subject=/a', headers: { accept: 'text/event-stream' } });
  const seen = hub.publish('/a', 'seen');
  await turn();
  first.outlet.close();
  hub.publish('/a', 'missed');
  const headers = { accept: 'text/event-stream', 'last-event-id': seen.cursor };
  const second = await send({ query: 'subject=/a', headers });
  await advance(2000);
  const unnamed = parse(second.outlet.text).filter(({ event }) => event === undefined);
  expect(unnamed.map(({ data }) => JSON.parse(data))).toEqual(['missed']);
});
