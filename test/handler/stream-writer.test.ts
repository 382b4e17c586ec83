import type { MemoryOutlet } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { type Client, type Stage, stage } from './kit.ts';

interface Reader {
  readonly client: Client;
  readonly outlet: MemoryOutlet;
}

// Streams on `/a` that have been given a first event, after which they are served together.
async function crowd(theatre: Stage, count: number, format = 'ndjson'): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await theatre.join(format);
    readers.push({ client, outlet: (await client.does('listen', { subject: '/a' })).outlet });
  }
  theatre.hub.publish('/a', 'first');
  await theatre.turn();
  return readers;
}

function dataOf({ outlet }: Reader): unknown[] {
  return [...outlet.text.matchAll(/"data":("\w+"|\d+)/g)].map(([, text]) => JSON.parse(text ?? ''));
}

describe('streams that are served together', () => {
  it('are all there are of a modern format and a subject', async () => {
    const theatre = stage();
    await crowd(theatre, 3);
    await crowd(theatre, 3, 'sse');
    await crowd(theatre, 3, 'xml');
    expect(theatre.hub.stats().grouped).toBe(6);
  });

  it('get the same bytes in one write', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 3);
    theatre.hub.publish('/a', 1);
    theatre.hub.publish('/a', 2);
    await theatre.turn();
    const written = readers.map(({ outlet }) => outlet.writes.at(-1));
    expect(written[1]).toBe(written[0]);
    expect(written[2]).toBe(written[0]);
    for (const reader of readers) {
      expect(reader.outlet.writes).toHaveLength(3);
      expect(dataOf(reader)).toEqual(['first', 1, 2]);
    }
  });

  it('do without one that is congested, which goes on where it was when it drains', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 3);
    const [slow] = readers as [Reader];
    slow.outlet.congest();
    for (let n = 1; n <= 3; n += 1) {
      theatre.hub.publish('/a', n);
      await theatre.turn();
    }
    expect(theatre.hub.stats().grouped).toBe(2);
    expect(dataOf(slow)).toEqual(['first', 1]);
    const session = theatre.hub.session(slow.client.id);
    expect((session?.taken ?? 0) - (session?.acked ?? 0)).toBe(1);
    slow.outlet.drain();
    await theatre.turn();
    expect(theatre.hub.stats().grouped).toBe(3);
    for (const reader of readers) expect(dataOf(reader)).toEqual(['first', 1, 2, 3]);
  });

  it('give up one that takes nothing, and keep its place', async () => {
    const theatre = stage({ stallMs: 1000 });
    const [stalled] = (await crowd(theatre, 3)) as [Reader];
    stalled.outlet.congest();
    theatre.hub.publish('/a', 1);
    await theatre.turn();
    await theatre.advance(1100);
    expect(stalled.outlet.destroyed).toBe(true);
    const { outlet } = await stalled.client.does('listen');
    await theatre.turn();
    expect(dataOf({ client: stalled.client, outlet })).toEqual([1]);
  });

  it('part with one whose connection is lost before the turn ends, and lose nothing of it', async () => {
    const theatre = stage();
    const [lost, other] = (await crowd(theatre, 2)) as [Reader, Reader];
    theatre.hub.publish('/a', 1);
    lost.outlet.close();
    await theatre.turn();
    expect(dataOf(other)).toEqual(['first', 1]);
    const { outlet } = await lost.client.does('listen');
    await theatre.turn();
    expect(dataOf({ client: lost.client, outlet })).toEqual([1]);
  });

  it('part with one that subscribes to more, and keep the order', async () => {
    const theatre = stage();
    const [more, other] = (await crowd(theatre, 2)) as [Reader, Reader];
    theatre.hub.publish('/a', 1);
    await more.client.does('subscribe', { subject: '/b' });
    theatre.hub.publish('/b', 2);
    theatre.hub.publish('/a', 3);
    await theatre.turn();
    expect(dataOf(more)).toEqual(['first', 1, 2, 3]);
    expect(dataOf(other)).toEqual(['first', 1, 3]);
  });

  it('still hear a heartbeat when nothing else happens, each its own', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 2);
    await theatre.advance(10_200);
    for (const { outlet } of readers) expect(outlet.text.match(/"type":"heartbeat"/g)).toHaveLength(2);
    expect(theatre.hub.stats().grouped).toBe(2);
    const [one, other] = readers.map(({ outlet }) => outlet.writes.at(-1));
    expect(one).toBe(other);
  });

  it('are unsure of what they were given, when one comes back without a word of where it stood', async () => {
    const theatre = stage();
    const client = await theatre.join('ndjson');
    const { outlet } = await client.does('listen', { subject: '/a' });
    expect(theatre.hub.stats().grouped).toBe(1);
    theatre.hub.publish('/a', 1);
    await theatre.turn();
    outlet.close();
    const again = await client.does('listen');
    expect(again.outlet.text).toContain('"gap":"maybe"');
    const third = await client.does('listen');
    expect(third.outlet.text).not.toContain('"gap":');
  });

  it('stay together for hours when their clients acknowledge', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 3);
    const sessions = [...theatre.hub.sessions()];
    for (const session of sessions) session.acknowledges = true;
    for (let minute = 0; minute < 120; minute += 1) {
      const { cursor } = theatre.hub.publish('/a', minute);
      await theatre.turn();
      for (const { client } of readers) await client.does('ack', { ack: cursor });
      await theatre.advance(60_000);
      for (const session of sessions) expect(session.queued.size).toBe(0);
    }
    expect(theatre.hub.stats()).toMatchObject({ grouped: 3, queuedEvents: 0 });
  });

  it('get their closing frames after what was published before the end', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 2);
    theatre.hub.publish('/a', 1);
    const closed = theatre.handler.close();
    await theatre.turn();
    await closed;
    for (const { outlet } of readers) expect(outlet.text).toMatch(/"data":1\}\n.*"type":"abort".*\n$/);
  });

  it('are served one by one when their batch cannot be made, and each of them is told', async () => {
    const theatre = stage();
    const readers = await crowd(theatre, 2);
    const event = theatre.hub.publish('/a', 1);
    Object.defineProperty(event, 'json', {
      get: () => {
        throw new Error('no text');
      },
    });
    await theatre.turn();
    await theatre.turn();
    expect(theatre.errors.length).toBeGreaterThanOrEqual(1);
    expect(theatre.hub.stats().grouped).toBe(0);
    for (const { outlet } of readers) expect(outlet.destroyed).toBe(true);
  });
});
