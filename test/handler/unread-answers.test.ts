import type { MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { type Answer, type Client, stage } from './kit.ts';

const hub = { queueBytes: 300_000, hubQueuedBytes: 4_000_000 };

/** A past of 100 KB, and clients that ask for it and do not read the answers. */
function setting(hubOptions = hub) {
  const here = stage({}, hubOptions);
  for (let n = 0; n < 100; n += 1) here.hub.publish('/a', 'x'.repeat(1000));
  const asks = async (client: Client, fields = {}): Promise<{ body: string; request: MemoryRequest }> => {
    const request = client.request('subscribe', { subject: '/a', last: '1000', ...fields });
    const { body } = (await here.handler.handle(request)) as unknown as Answer;
    return { body, request };
  };
  return { here, asks };
}

const events = (body: string) => body.split('"type":"data"').length - 1;

describe('answers that are not read', () => {
  it('are bounded for each session; what is refused makes no subscription, and reading helps', async () => {
    const { here, asks } = setting();
    const [greedy, modest] = [await here.join('ndjson'), await here.join('ndjson')];
    const unread = [await asks(greedy), await asks(greedy), await asks(greedy)];
    for (const { body } of unread) expect(events(body)).toBe(100);
    const before = here.hub.stats().subscriptions;
    expect((await asks(greedy)).body).toContain('"code":"too-busy"');
    expect(here.hub.stats().subscriptions).toBe(before);
    // Only the past is refused, and only to this session.
    expect((await greedy.does('subscribe', { subject: '/b' })).body).toContain('subscribe-ack');
    expect(events((await asks(modest)).body)).toBe(100);
    unread[0]?.request.finish();
    expect(events((await asks(greedy)).body)).toBe(100);
  });

  it('are small for everybody while the hub has too many of them, behind a gap', async () => {
    const { here, asks } = setting({ queueBytes: 300_000, hubQueuedBytes: 400_000 });
    const [first, second] = [await here.join('ndjson'), await here.join('ndjson')];
    const { request } = await asks(first);
    const { body } = await asks(second);
    expect([body.includes('"reason":"overflow"'), events(body)]).toEqual([true, 14]);
    request.abort();
    expect(events((await asks(second)).body)).toBe(100);
  });

  it('of polls count too, and the rest comes with the next poll', async () => {
    const { here, asks } = setting({ queueBytes: 300_000, hubQueuedBytes: 400_000 });
    const [first, second] = [await here.join('ndjson'), await here.join('ndjson')];
    const polls = async () => {
      const asked = second.request('refresh');
      const { body } = (await here.handler.handle(asked)) as unknown as Answer;
      asked.finish();
      return events(body);
    };
    const listening = await second.does('listen', { subject: '/p', mode: 'long-poll' });
    expect(listening.body).toContain('listen-ack');
    for (let n = 0; n < 40; n += 1) here.hub.publish('/p', 'x'.repeat(1000));
    await asks(first);
    expect(await polls()).toBeLessThan(16);
  });
});
