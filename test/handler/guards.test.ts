import { createHandler } from '@cometkit/handler';
import { MemoryOutlet, MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const query = 'p_event=join-listen&p_format=xml&p_mode=pull&p_subject=/secret';
const ask = async (handler: ReturnType<typeof createHandler>) => {
  const response = await handler.handle(new MemoryRequest({ query }));
  if ('body' in response) return String(response.body);
  const outlet = new MemoryOutlet();
  response.open(outlet);
  return outlet.text;
};

describe('several handlers of one hub', () => {
  it.each([{ join: false }, { join: () => false }, { subscribe: () => Promise.resolve(false) }])(
    'are all closed by %j of one of them, whichever is made first',
    async (authorize) => {
      const { hub, runtime } = stage();
      const before = createHandler(hub, { runtime });
      const guarded = createHandler(hub, { runtime, authorize });
      const behind = createHandler(hub, { runtime, matching: 'prefix', authorize: { publish: true } });
      for (const handler of [before, guarded, behind]) expect(await ask(handler)).toContain('p_event="nack"');
    },
  );

  it('are opened one by one, in words', async () => {
    const { hub, runtime } = stage({ authorize: { join: false, subscribe: false } });
    const open = createHandler(hub, { runtime, authorize: { join: true, subscribe: true } });
    expect(await ask(open)).toContain('join-listen-ack');
    expect(await ask(createHandler(hub, { runtime }))).toContain('nack');
  });

  it('do not let clients publish because another does', async () => {
    const { hub, runtime, get, handler } = stage({ authorize: { publish: true } });
    const other = createHandler(hub, { runtime });
    const { session, key } = JSON.parse((await get({ type: 'join', format: 'ndjson' })).body);
    const value = { type: 'publish', session, key, subject: '/a', data: 1 };
    const bodyOf = async (by: typeof handler) =>
      JSON.stringify(await by.handle(new MemoryRequest({ method: 'POST', body: { kind: 'parsed', value } })));
    expect(await bodyOf(handler)).toContain('publish-ack');
    expect(await bodyOf(other)).toContain('not-authorized');
  });
});
