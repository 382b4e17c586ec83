import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createHub, createNodeHandler } from '@cometkit/node';
import { afterEach, describe, expect, it } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => Promise.all(cleanups.splice(0).map((cleanup) => cleanup())));

/** Collects what a channel is given while the test runs. */
function listenTo(name: string): object[] {
  const messages: object[] = [];
  const listener = (message: unknown) => messages.push(message as object);
  subscribe(`cometkit:${name}`, listener);
  cleanups.push(() => unsubscribe(`cometkit:${name}`, listener));
  return messages;
}

function servedHub() {
  const hub = createHub({ log: { maxEvents: 2 } });
  const handler = createNodeHandler(hub, { logger: false });
  cleanups.push(() => handler.close());
  return { hub, handler };
}

describe('node:diagnostics_channel', () => {
  it('gets each session that opens and closes, with its user and the reason', () => {
    const [opened, closed] = [listenTo('session-opened'), listenTo('session-closed')];
    const { hub } = servedHub();
    const session = hub.join({ principal: 'alice' });
    hub.leave(session, 'revoked');
    expect(opened).toEqual([{ hub, session: session.id, principal: 'alice' }]);
    expect(closed).toEqual([{ hub, session: session.id, principal: 'alice', reason: 'revoked' }]);
  });

  it('gets the gap of a client that comes back too late', () => {
    const gaps = listenTo('gap');
    const { hub } = servedHub();
    const after = hub.cursor();
    for (let n = 0; n < 5; n += 1) hub.publish('/a', n);
    const session = hub.join({ after });
    hub.subscribe(session, '/a');
    session.take(10);
    expect(gaps).toEqual([
      { hub, session: session.id, principal: undefined, from: 1, to: 3, reason: 'trimmed' },
    ]);
  });

  it('gets each channel and subscription of a session that begins and ends', () => {
    const names = ['attached', 'subscribed', 'unsubscribed', 'detached'];
    const all = names.map(listenTo);
    const { hub } = servedHub();
    const session = hub.join({ principal: 'alice' });
    const subscription = hub.subscribe(session, '/a');
    const transport = { idleMs: 1, wake: () => undefined, idle: () => undefined, close: () => undefined };
    hub.attach(session, transport);
    hub.detach(session, transport);
    hub.leave(session);
    const who = { hub, session: session.id, principal: 'alice' };
    const about = { ...who, subscription: subscription.id, pattern: '/a' };
    expect(all).toEqual([[who], [about], [about], [who]]);
  });

  it('gets each request that is refused, with the hook that refused it', async () => {
    const refusals = listenTo('refused');
    const hub = createHub();
    const join = () => ({ refuse: 'not today' });
    const handler = createNodeHandler(hub, { logger: false, authorize: { join } });
    const server = await disposableServer(handler);
    cleanups.push(
      () => server.close(),
      () => handler.close(),
    );
    const refused = async (type: string) =>
      void (await (await fetch(`${server.url}?type=${type}`, { headers: { connection: 'close' } })).text());
    await refused('join');
    await refused('no-such-type');
    const nobody = { hub, session: undefined, principal: undefined };
    expect(refusals).toEqual([
      { ...nobody, code: 'not-authorized', reason: 'not today', hook: 'join', about: undefined },
      expect.objectContaining({ ...nobody, hook: undefined, reason: expect.any(String) }),
    ]);
  });

  it('gets the errors of listeners, and the end of the hub', () => {
    const [errors, ends] = [listenTo('error'), listenTo('closed')];
    const { hub } = servedHub();
    const error = new Error('broken');
    hub.on('session-opened', () => {
      throw error;
    });
    hub.join();
    hub.close();
    expect(errors).toEqual([{ hub, error, where: 'a listener of "session-opened"' }]);
    expect(ends).toEqual([{ hub }]);
  });

  it('gets everything once from a hub with two handlers', () => {
    const opened = listenTo('session-opened');
    const { hub } = servedHub();
    createNodeHandler(hub, { logger: false });
    hub.join();
    expect(opened).toHaveLength(1);
  });

  it('gets no secret of a session', () => {
    const opened = listenTo('session-opened');
    const { hub } = servedHub();
    const { secret } = hub.join();
    expect(JSON.stringify(opened)).not.toContain(secret);
  });

  it('gets nothing of what is published and delivered', () => {
    const names = ['session-opened', 'session-closed', 'gap', 'closed', 'error'];
    const { hub } = servedHub();
    const session = hub.join();
    hub.subscribe(session, '/a');
    const messages = names.map(listenTo);
    hub.publish('/a', 1);
    expect(session.take(10)).toHaveLength(1);
    expect(messages).toEqual(names.map(() => []));
  });
});
