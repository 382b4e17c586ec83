import type { CometEvent } from '@cometkit/core';
import type { HandlerOptions } from '@cometkit/handler';
import { expect, it } from 'vitest';
import { stage } from './kit.ts';

type Events = { readonly type: string; readonly code?: string; readonly subscription?: string }[];

async function batch(commands: unknown, options: HandlerOptions = {}) {
  const { join, send, hub } = stage(options);
  const alice = await join('ndjson');
  const ask = async (commands: unknown): Promise<{ status: number; events: Events }> => {
    const fields = { type: 'batch', format: 'ndjson', session: alice.id, commands };
    const { status, body } = await send({
      body: JSON.stringify(fields),
      headers: { cookie: alice.cookie, 'content-type': 'application/json' },
    });
    const lines = body.trimEnd().split('\n');
    return { status, events: lines.map((line) => JSON.parse(line)) };
  };
  return { ...(await ask(commands)), ask, hub };
}

const subscribe = (subject: string, messageId: string) => ({ type: 'subscribe', subject, messageId });

it('carries several subscriptions out, and a refused one refuses only itself', async () => {
  const { events, hub } = await batch(
    [subscribe('/a', '1'), subscribe('no slash', '2'), subscribe('/secret', '3'), subscribe('/b', '4')],
    { authorize: { subscribe: ({ pattern }) => pattern !== '/secret' } },
  );
  expect(events.map(({ type, code }) => code ?? type)).toEqual([
    'subscribe-ack',
    'invalid-pattern',
    'not-authorized',
    'subscribe-ack',
  ]);
  expect(hub.stats().subscriptions).toBe(2);
});

it('that comes again makes nothing twice, and ends what it names', async () => {
  const { events, ask, hub } = await batch([subscribe('/a', '1'), subscribe('/b', '2')]);
  const again = await ask([subscribe('/a', '1'), subscribe('/b', '2')]);
  expect(again.events.map(({ subscription }) => subscription)).toEqual(
    events.map(({ subscription }) => subscription),
  );
  expect(hub.stats().subscriptions).toBe(2);
  const ended = await ask(events.map(({ subscription }) => ({ type: 'unsubscribe', subscription })));
  expect(ended.events.map(({ type }) => type)).toEqual(['unsubscribe-ack', 'unsubscribe-ack']);
  expect(hub.stats().subscriptions).toBe(0);
});

it('has no commands but these, is bounded, and names the field that is wrong', async () => {
  const { ask } = await batch([subscribe('/a', '1')]);
  const [heartbeat] = (await ask([{ type: 'heartbeat' }])).events;
  expect(heartbeat?.code).toBe('unknown-command');
  const [nested] = (await ask([{ type: 'batch', commands: [] }])).events;
  expect(nested?.code).toBe('unknown-command');
  for (const wrong of [[], 'x', [1], [[]], [null], Array.from({ length: 513 }, () => subscribe('/a', '1'))]) {
    expect((await ask(wrong)).events[0]).toMatchObject({
      status: 400,
      code: 'invalid-field',
      detail: expect.stringContaining('commands'),
    });
  }
});

it('answers the first ones when hooks take long, and leaves the rest', async () => {
  let pass = (): void => undefined;
  const slow = () =>
    new Promise<boolean>((yes) => {
      pass = () => yes(true);
    });
  const made = stage({ authorize: { subscribe: slow } });
  const alice = await made.join('ndjson');
  const commands = [subscribe('/a', '1'), subscribe('/b', '2'), subscribe('/c', '3')];
  const fields = { type: 'batch', format: 'ndjson', session: alice.id, commands };
  const answer = made.send({ body: JSON.stringify(fields), headers: { cookie: alice.cookie } });
  for (let asked = 0; asked < 2; asked += 1) {
    await made.turn();
    made.runtime.advance(600);
    pass();
  }
  expect((await answer).body.trimEnd().split('\n')).toHaveLength(2);
});

it('ends what a subscribe made whose answer was lost, by its message id, and nothing else', async () => {
  const { ask, hub } = await batch([subscribe('/a', '1'), subscribe('/b', '2')]);
  const ended = await ask([{ type: 'unsubscribe', madeBy: '1' }]);
  expect(ended.events.map(({ type }) => type)).toEqual(['unsubscribe-ack']);
  expect(hub.stats().subscriptions).toBe(1);
  for (const madeBy of ['1', 'never']) await ask([{ type: 'unsubscribe', madeBy }]);
  expect(hub.stats().subscriptions).toBe(1);
});

it('answers the first ones when their pasts are large, and leaves the rest', async () => {
  const { ask, hub } = await batch([subscribe('/x', '0')]);
  for (let n = 0; n < 20; n += 1) hub.publish('/a', 'x'.repeat(40_000));
  const commands = Array.from({ length: 10 }, (_, n) => ({ ...subscribe('/a', `past ${n}`), last: 20 }));
  const { events } = await ask(commands);
  expect(events.filter(({ type }) => type === 'subscribe-ack')).toHaveLength(2);
});

it.each(['session', 'key', 'format'])(
  'a command with a %s of its own is refused by its name',
  async (name) => {
    const { events } = await batch([{ ...subscribe('/a', '1'), [name]: 'x' }, subscribe('/b', '2')]);
    expect(events.map(({ type, code }) => code ?? type)).toEqual(['invalid-field', 'subscribe-ack']);
    expect(JSON.stringify(events[0])).toContain(name);
  },
);

it('is carried out whole, however many others have their turns in between and however long that takes', async () => {
  const here = stage();
  const clients = await Promise.all(Array.from({ length: 30 }, () => here.join('ndjson')));
  // Each look at the clock takes a while, as on a busy machine.
  const now = here.runtime.now.bind(here.runtime);
  let passed = 0;
  Object.assign(here.runtime, {
    now: () => {
      passed += 2;
      return now() + passed;
    },
  });
  const answers = clients.map(({ id, cookie }) => {
    const commands = Array.from({ length: 50 }, (_, n) => subscribe(`/${id}/${n}`, String(n)));
    const body = JSON.stringify({ type: 'batch', format: 'ndjson', session: id, commands });
    return here.send({ body, headers: { cookie, 'content-type': 'application/json' } });
  });
  let answered = 0;
  for (const answer of answers) void answer.then(() => (answered += 1));
  while (answered < answers.length) await here.turn();
  expect(passed).toBeGreaterThan(5000);
  expect(here.hub.stats().subscriptions).toBe(30 * 50);
});

it('takes the acknowledgements that its commands carry, in their order', async () => {
  const { ask, hub } = await batch([subscribe('/a', '1')]);
  const [session] = hub.sessions();
  const [first, second] = [hub.publish('/a', 1), hub.publish('/a', 2)] as [CometEvent, CometEvent];
  session?.take(Number.POSITIVE_INFINITY);
  await ask([{ ...subscribe('no slash', '2'), ack: first.cursor }, subscribe('/b', '3')]);
  expect(session?.acked).toBe(first.position);
  await ask([
    { ...subscribe('/c', '4'), ack: second.cursor },
    { ...subscribe('/d', '5'), ack: first.cursor },
  ]);
  expect(session?.acked).toBe(second.position);
  const [{ code } = { code: '' }] = (await ask([{ ...subscribe('/e', '6'), ack: 'nonsense' }])).events;
  expect(code).toBe('invalid-cursor');
});
