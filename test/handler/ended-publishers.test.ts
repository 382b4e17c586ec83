import type { Session } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const open = { authorize: { subscribe: () => true, publish: () => true } };
const message = { subject: '/a', messageId: 'm1' };
const accepted = 'publish-ack';
const gone = 'invalid or expired id';

/** Somebody who has published a message and left. */
async function departed(waitMs = 0) {
  const { join, hub, runtime, get } = stage(open);
  const alice = await join();
  await alice.does('publish', message);
  await alice.does('leave');
  runtime.advance(waitMs);
  return { alice, hub, get };
}

describe('a message that a proxy sends twice, around the end of its session', () => {
  it('is answered as accepted, and not accepted again', async () => {
    const { alice, hub } = await departed(119_000);
    expect((await alice.does('publish', message)).body).toContain(accepted);
    expect(hub.stats().published).toBe(1);
  });

  it('is answered as accepted if the session ends while its hook runs', async () => {
    let answer: (allowed: boolean) => void = () => {};
    let asked = 0;
    const publish = () => {
      asked += 1;
      return asked === 1 || new Promise<boolean>((resolve) => (answer = resolve));
    };
    const { join, hub, turn } = stage({ authorize: { ...open.authorize, publish } });
    const alice = await join();
    await alice.does('publish', message);
    const again = alice.does('publish', message);
    await turn();
    hub.leave(hub.session(alice.id) as Session);
    answer(true);
    expect((await again).body).toContain(accepted);
    expect([hub.stats().published, asked]).toEqual([1, 2]);
  });

  it.each([
    ['another message', { ...message, messageId: 'm2' }, 0],
    ['one without an id', { subject: '/a' }, 0],
    ['two minutes old', message, 120_000],
  ])('is refused if it is %s', async (_what, fields, waitMs) => {
    const { alice, hub } = await departed(waitMs);
    expect((await alice.does('publish', fields)).body).toContain(gone);
    expect(hub.stats().published).toBe(1);
  });

  it('is refused if somebody else sends it', async () => {
    const { alice, get } = await departed();
    const asked = { ...message, type: 'publish', session: alice.id, format: 'ndjson' };
    expect((await get(asked)).status).toBe(410);
    expect((await get({ ...asked, key: 'A'.repeat(22) })).status).toBe(410);
  });

  it('is remembered of the last 1,024 sessions that published', async () => {
    const { join } = stage({ ...open, joinRate: false });
    const clients = [];
    for (let n = 0; n < 1025; n += 1) {
      const client = await join();
      await client.does('publish', message);
      await client.does('leave');
      clients.push(client);
    }
    const answers = await Promise.all(clients.slice(0, 2).map((client) => client.does('publish', message)));
    expect(answers.map(({ body }) => body.includes(accepted))).toEqual([false, true]);
  });
});

it('no command but a message is answered for a session that has ended', async () => {
  const { alice } = await departed();
  for (const verb of ['subscribe', 'listen', 'refresh', 'heartbeat', 'leave'])
    expect((await alice.does(verb, message)).body).toContain(gone);
});
