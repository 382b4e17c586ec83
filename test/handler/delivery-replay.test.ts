import { MemoryOutlet, MemoryRequest } from '@cometkit/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, linesOf, modern } from './delivery-kit.ts';
import { stage } from './kit.ts';

// I12: whatever request comes once more, and whenever, does not change what a client hands over. The client here is the
// sequencer of the protocol: it drops what is at or before its place, and asks again when a channel ends.

type Step = readonly ['say' | 'read' | 'ack' | 'cut' | 'poll' | 'subscribe'] | readonly ['replay', number];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(['say'] as const) },
  { weight: 4, arbitrary: fc.constant(['read'] as const) },
  ...(['ack', 'cut', 'poll', 'subscribe'] as const).map((name) => ({
    weight: 1,
    arbitrary: fc.constant([name] as const),
  })),
  { weight: 4, arbitrary: fc.tuple(fc.constant('replay' as const), fc.nat(1000)) },
);

async function life(steps: readonly Step[]): Promise<void> {
  const world = stage({}, { queueLimit: 4 });
  const client = await modern(world, { nonce: 'a-word-nobody-can-guess' });
  const sent: string[] = [];
  const handed: number[] = [];
  let said = 0;
  let place = client.start;
  let outlet: MemoryOutlet | undefined;
  let read = 0;

  const position = (cursor: unknown) => Number.parseInt(String(cursor).split('-')[1] ?? '', 36);
  const take = (lines: readonly Line[]) => {
    for (const line of lines) {
      if (line['type'] !== 'data' || position(line['cursor']) <= position(place)) continue;
      handed.push(line['data'] as number);
      place = String(line['cursor']);
    }
  };
  const post = async (body: string) => {
    const request = new MemoryRequest({ body });
    const response = await Promise.race([world.handler.handle(request), world.turn().then(() => undefined)]);
    // What is held is let go: nobody waits here.
    if (response === undefined) return request.abort();
    if (!('open' in response)) {
      request.finish();
      return String(response.body);
    }
    const opened = new MemoryOutlet();
    response.open(opened);
    return opened;
  };
  const send = (event: string, fields: Line = {}) => {
    const own = { session: client.id, key: client.key, format: 'ndjson', ack: place };
    sent.push(JSON.stringify({ type: event, ...own, ...fields }));
    return post(sent.at(-1) ?? '');
  };
  const listen = async () => {
    const opened = await send('listen', { subject: '/a', heartbeats: 'answer' });
    outlet = opened instanceof MemoryOutlet ? opened : undefined;
    read = 0;
  };
  const readAll = async () => {
    await world.turn();
    if (outlet === undefined || outlet.ended || outlet.destroyed) await listen();
    await world.turn();
    const lines = linesOf(outlet?.text ?? '');
    take(lines.slice(read));
    read = lines.length;
  };
  const perform: Record<Step[0], (n: number) => unknown> = {
    say: () => {
      said += 1;
      world.hub.publish('/a', said);
    },
    read: readAll,
    ack: () => send('ack'),
    cut: () => {
      outlet?.close();
      outlet = undefined;
    },
    poll: async () => {
      const answer = await send('refresh');
      if (typeof answer === 'string') take(linesOf(answer));
    },
    subscribe: () => send('subscribe', { subject: '/a', messageId: 'once' }),
    replay: async (n) => {
      const body = sent[n % Math.max(1, sent.length)];
      if (body !== undefined) await post(body);
    },
  };

  await listen();
  for (const [name, n = 0] of steps) await perform[name](n);
  for (let round = 0; round < 40 && handed.length < said; round += 1) {
    await readAll();
    await send('ack');
  }
  expect(handed).toEqual(Array.from({ length: said }, (_, index) => index + 1));
  expect(world.errors).toEqual([]);
}

describe('a client whose requests come again at any time', () => {
  it('hands over every event once and in order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), life), {
      numRuns: 150 * Number(process.env['FC_RUNS'] ?? 1),
    });
  }, 30_000);
});
