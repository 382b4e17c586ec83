import type { HttpResponse } from '@cometkit/handler';
import { MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

/** What waits for an answer, and what it got. */
function waiting() {
  const got: HttpResponse[] = [];
  return { got, answer: (response: HttpResponse) => void got.push(response) };
}

const textOf = (response: HttpResponse | undefined) =>
  response !== undefined && 'body' in response ? String(response.body) : undefined;

describe('serve', () => {
  it('answers in the same call where nothing is waited for', () => {
    const { handler } = stage();
    const to = waiting();
    handler.serve(new MemoryRequest({ query: 'type=join&format=ndjson' }), to);
    expect(textOf(to.got[0])).toContain('join-ack');
  });

  it('answers a refusal in the same call', () => {
    const { handler } = stage();
    const to = waiting();
    handler.serve(new MemoryRequest({ query: 'type=refresh&session=nobody&format=ndjson' }), to);
    expect(to.got).toMatchObject([{ status: 410 }]);
  });

  it('answers once a hook has made up its mind', async () => {
    let decide: ((verdict: boolean) => void) | undefined;
    const join = () => new Promise<boolean>((resolve) => (decide = resolve));
    const { handler, turn } = stage({ authorize: { join } });
    const to = waiting();
    handler.serve(new MemoryRequest({ query: 'type=join&format=ndjson' }), to);
    await turn();
    expect(to.got).toEqual([]);
    decide?.(true);
    await turn();
    expect(to.got.map(textOf)).toEqual([expect.stringContaining('join-ack')]);
  });

  it('answers a held poll once, when there is something to say', async () => {
    const { handler, hub, join, turn } = stage();
    const alice = await join('ndjson');
    await alice.does('listen', { mode: 'long-poll', subject: '/a' });
    const to = waiting();
    handler.serve(alice.request('refresh'), to);
    await turn();
    expect(to.got).toEqual([]);
    hub.publish('/a', 'one');
    await turn();
    hub.publish('/a', 'two');
    await turn();
    expect(to.got.map(textOf)).toEqual([expect.stringContaining('"one"')]);
  });

  it('answers a poll that was held behind a slow command, also when its answer was there before', async () => {
    let decide: ((verdict: boolean) => void) | undefined;
    const subscribe = ({ pattern }: { pattern: string }) =>
      pattern === '/a' || new Promise<boolean>((resolve) => (decide = resolve));
    const { handler, hub, join, turn } = stage({ authorize: { subscribe } });
    const alice = await join('ndjson');
    await alice.does('listen', { mode: 'long-poll', subject: '/a' });
    const [slow, poll, leave] = [waiting(), waiting(), waiting()];
    handler.serve(alice.request('subscribe', { subject: '/b' }), slow);
    await turn();
    handler.serve(alice.request('refresh'), poll);
    handler.serve(alice.request('leave'), leave);
    await turn();
    decide?.(true);
    await turn();
    expect([slow, poll, leave].map(({ got }) => got.length)).toEqual([1, 1, 1]);
    expect(textOf(poll.got[0])).toContain('refresh-ack');
    expect(hub.stats().sessions).toBe(0);
  });

  it('reports an adapter that throws, and serves the others', async () => {
    const it = stage();
    const [alice, bob] = [await it.join('ndjson'), await it.join('ndjson')];
    for (const client of [alice, bob]) await client.does('listen', { mode: 'long-poll', subject: '/a' });
    const fails = () => {
      throw new Error('broken');
    };
    const to = waiting();
    it.handler.serve(alice.request('refresh'), { answer: fails });
    it.handler.serve(bob.request('refresh'), to);
    it.hub.publish('/a', 'one');
    await it.turn();
    expect(to.got.map(textOf)).toEqual([expect.stringContaining('"one"')]);
    expect(it.errors).toHaveLength(1);
  });

  it('tells a client whose refusal its format cannot carry that much at least', () => {
    const it = stage({ authorize: { join: () => ({ refuse: 'no\u0000' }) } });
    const to = waiting();
    it.handler.serve(new MemoryRequest({ query: 'p_event=join&p_format=xml-strict' }), to);
    expect(to.got).toMatchObject([{ status: 500 }]);
    expect(it.errors).toHaveLength(1);
  });
});
