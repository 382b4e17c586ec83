import type { ClientEvent } from '@cometkit/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClientRecord, keptEvents } from '../../packages/devtools/src/record.ts';
import { lineOf, rowsOf } from '../../packages/devtools/src/text.ts';

const start = 1_700_000_000_000;
const client = { state: 'open', transport: 'stream', id: 's1', cursor: 'c', on() {}, off() {} } as const;
let record: ClientRecord;

function event(time: number, data: ClientEvent['data'] = 1): ClientEvent {
  return {
    kind: 'data',
    subject: '/a',
    data,
    cursor: 'c',
    position: 1,
    time,
    from: undefined,
    to: undefined,
  };
}

function row(name: string, now = start): string | undefined {
  return rowsOf(client, record, now).find(([about]) => about === name)?.[1];
}

beforeEach(() => {
  record = new ClientRecord(start);
});

describe('what the devtools remember', () => {
  it('is bounded, whatever comes', () => {
    for (let at = 0; at < 10_000; at += 1) record.event(event(start, at), start + at);
    expect(record.total).toBe(10_000);
    expect(record.arrivals.map(({ event: { data } }) => data)).toEqual(
      Array.from({ length: keptEvents }, (_, at) => 10_000 - keptEvents + at),
    );
  });

  it('says how many events come in a second, and none once they have stopped', () => {
    for (let at = 0; at < 200; at += 1) record.event(event(start), start + at * 100);
    expect(record.rate(start + 19_900)).toBe(10);
    expect(record.rate(start + 24_900)).toBe(5);
    expect(record.rate(start + 60_000)).toBe(0);
    record.event(event(start), start + 3_600_000);
    expect(record.rate(start + 3_600_000)).toBe(0.1);
  });
});

describe('the latency of the devtools', () => {
  it.each([
    ['ahead', 130, 'at most 135 ms ahead of the server'],
    ['behind', -5000, 'at least 4995 ms behind the server'],
  ])('is the same with a clock that is %s, which is told', (_, difference, told) => {
    record.heard(start, start + difference + 5); // the quickest: 5 ms
    for (const took of [20, 10, 50]) record.event(event(start), start + difference + took);
    expect(record.latency).toEqual({ last: 45, median: 15, worst: 45 });
    expect(row('Clocks')).toContain(told);
  });

  it('is unknown before anything came, and is not disturbed by messages without a time', () => {
    expect([row('Latency'), row('Clocks')]).toEqual([
      'unknown until an event comes',
      'unknown until a message comes',
    ]);
    for (const none of [undefined, null, 'x', Number.NaN, 0, -1])
      expect(record.heard(none, start)).toBe(false);
    record.event(event(0), start);
    expect([record.latency, record.ahead]).toEqual([undefined, undefined]);
  });

  it('forgets a clock that was set, within two minutes when it was set forward, at once when it was set back', () => {
    record.event(event(start), start + 5);
    for (let at = 1; at <= 13; at += 1)
      record.event(event(start + at * 10_000), start + at * 10_000 + 60_005);
    expect(record.latency?.last).toBe(0);
    record.event(event(start + 200_000), start - 3_600_000);
    expect(record.ahead).toBe(-3_800_000);
  });
});

describe('what the devtools write', () => {
  it('names the state, the transport, the session, and what was the last of its kind', () => {
    record.reason = 'first';
    record.gaps.add('expired, positions 5 to 9');
    record.gaps.add('too-large, positions 12 to 12');
    const rows = Object.fromEntries(rowsOf(client, record, start + 12_300));
    expect(rows).toMatchObject({
      State: 'open for 12 s',
      Transport: 'stream (first)',
      Session: 's1',
      Events: '0, 0.0 a second',
      Gaps: '2, the last: too-large, positions 12 to 12',
      Reconnects: '0',
    });
    expect(rows).not.toHaveProperty('Errors');
  });

  it('cuts long data off', () => {
    const { data } = lineOf({ at: start, event: event(start, 'x'.repeat(100_000)) });
    expect([data.length, data.at(-1)]).toEqual([201, '…']);
  });
});
