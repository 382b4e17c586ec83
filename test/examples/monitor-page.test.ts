import { describe, expect, it } from 'vitest';
import { eventFromPairs } from '../../examples/monitor/public/lib/classic.js';
import { bytes, duration, latency } from '../../examples/monitor/public/lib/format.js';
import { Tally } from '../../examples/monitor/public/lib/tally.js';
import { eventsOf } from '../../examples/monitor/public/lib/wire.js';

function tallyOf(...numbers: number[]): Tally {
  const tally = new Tally();
  for (const n of numbers) tally.see({ n, run: 'a' });
  return tally;
}

describe('the tally of a receiver', () => {
  it.each([
    ['counts from its own start', [41, 42, 43], 3, 0, 0],
    ['counts a skipped number as missing', [1, 2, 4], 3, 1, 0],
    ['counts a number that comes again as duplicate', [1, 2, 2], 3, 0, 1],
    ['takes a late number off the missing ones', [1, 3, 2], 3, 0, 0],
    ['counts a late number that comes twice once as duplicate', [1, 3, 2, 2], 4, 0, 1],
    ['keeps what is missing for long', [1, 5, 9000], 3, 8997, 0],
  ])('%s', (_what, numbers, received, missing, duplicates) => {
    const tally = tallyOf(...numbers);
    expect([tally.received, tally.missing, tally.duplicates]).toEqual([received, missing, duplicates]);
  });

  it('begins anew with another run of the server, and keeps its count', () => {
    const tally = tallyOf(1, 3);
    tally.see({ n: 1, run: 'b' });
    tally.see({ n: 2, run: 'b' });
    expect([tally.received, tally.missing, tally.duplicates]).toEqual([4, 1, 0]);
  });
});

describe('an event that came by parent.push()', () => {
  it('gets its numbers and structures back from texts', () => {
    const event = eventFromPairs([
      'p_event',
      'data',
      'p_subject',
      '/x',
      'p_id',
      'me',
      'p_time',
      '1700000000',
      'n',
      '7',
      'list',
      '[1,2]',
      's',
      'a"b',
    ]);
    expect(event).toEqual({
      type: 'data',
      subject: '/x',
      session: 'me',
      time: 1_700_000_000_000,
      data: { n: 7, list: [1, 2], s: 'a"b' },
    });
  });

  it('has the whole of what is no flat object in the field data', () => {
    const event = eventFromPairs(['p_event', 'data', 'p_subject', '/x', 'data', '[1,{"a":2}]']);
    expect(event).toEqual({ type: 'data', subject: '/x', data: [1, { a: 2 }] });
  });
});

describe('an ndjson answer', () => {
  it('is cut into its lines wherever the network has cut it', async () => {
    const text = '{"a":"é€😀"}\n{"b":2}\n';
    const oneByOne = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const byte of Buffer.from(text)) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events: unknown[] = [];
    for await (const event of eventsOf(new Response(oneByOne))) events.push(event);
    expect(events).toEqual([{ a: 'é€😀' }, { b: 2 }]);
  });

  it('throws the words of a refusal, and knows a session that is gone', async () => {
    const problem = JSON.stringify({ detail: 'the session has ended' });
    const headers = { 'Content-Type': 'application/problem+json' };
    const events = eventsOf(new Response(problem, { status: 410, headers }));
    await expect(events.next()).rejects.toMatchObject({ message: 'the session has ended', gone: true });
  });

  it('throws the status of an answer that is none of the server', async () => {
    const events = eventsOf(new Response('no', { status: 400 }));
    await expect(events.next()).rejects.toThrow('the server answered 400');
  });
});

describe('the formats of the page', () => {
  it.each([
    [bytes(0), '0 B'],
    [bytes(0.4), '0 B'],
    [bytes(1023), '1023 B'],
    [bytes(1536), '1.50 kB'],
    [bytes(270_553_174_016), '252 GB'],
    [latency(3.4), '3 ms'],
    [latency(1234), '1.2 s'],
    [duration(0.2), '0 s'],
    [duration(59), '59 s'],
    [duration(61), '1 min 1 s'],
    [duration(3600), '1 h 0 min'],
    [duration(273_600), '3 d 4 h'],
  ])('write %s', (written, expected) => {
    expect(written).toBe(expected);
  });
});
