import type { Authorize, HookContext, PublishContext, SubscribeContext } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const reason = (body: string) => /p_reason="([^"]*)"/.exec(body)?.[1];

describe('the join hook', () => {
  it.each([
    ['true', true, undefined],
    ['the name of a principal', 'alice', 'alice'],
  ])('lets in with %s', async (_what, verdict, principal) => {
    const { join, hub } = stage({ authorize: { join: () => verdict } });
    const { id } = await join();
    expect(hub.session(id)?.principal).toBe(principal);
  });

  it.each([
    ['false', false, 'joining is not authorized'],
    ['nothing', undefined, 'joining is not authorized'],
    ['a reason', { refuse: 'members only' }, 'members only'],
    ['an empty name', '', 'joining is not authorized'],
    ['nonsense', 7 as never, 'joining is not authorized'],
  ])('keeps out with %s', async (_what, verdict, told) => {
    const { get, hub } = stage({ authorize: { join: () => verdict } });
    const { status, body } = await get({ type: 'join', format: 'xml' });
    expect([status, reason(body), hub.stats().sessions]).toEqual([200, told, 0]);
  });

  it('sees the request and the command', async () => {
    const seen: HookContext[] = [];
    const { get } = stage({ authorize: { join: (context) => seen.push(context) > 0 } });
    await get({ type: 'join', label: 'l' }, { headers: { authorization: 'Bearer t' } });
    expect(seen[0]?.request.header('Authorization')).toBe('Bearer t');
    expect(seen[0]?.command).toMatchObject({ verb: 'join', label: 'l' });
  });

  it('refuses an EventSource so that it does not ask again', async () => {
    const { get } = stage({ authorize: { join: false } });
    expect((await get({ type: 'join-listen', format: 'sse' })).status).toBe(403);
  });
});

describe('the subscribe hook', () => {
  it('is asked about each part of a comma list, and no part hides behind another', async () => {
    const seen: SubscribeContext[] = [];
    const { join, hub } = stage({
      authorize: { join: () => 'alice', subscribe: (c) => seen.push(c) > 0 && c.pattern.startsWith('/open') },
    });
    const alice = await join();
    expect((await alice.does('subscribe', { subject: '/open/a,/secret' })).body).toContain(
      'subscribing is not authorized',
    );
    expect(seen.map(({ pattern, principal, sessionId }) => [pattern, principal, sessionId])).toEqual([
      ['/open/a', 'alice', alice.id],
      ['/secret', 'alice', alice.id],
    ]);
    expect(hub.stats().subscriptions).toBe(0);
  });

  it('also rules the subject of a listen', async () => {
    const { join, hub } = stage({ authorize: { subscribe: false } });
    const alice = await join();
    for (const mode of ['stream', 'long-poll']) {
      expect((await alice.does('listen', { subject: '/a', mode })).body).toContain('nack');
    }
    expect(hub.stats().attached).toBe(0);
  });

  it('leaves no session behind when it refuses a join-listen', async () => {
    for (const subscribe of [false, () => Promise.resolve(false)]) {
      const { get, hub } = stage({ authorize: { subscribe } });
      const { body } = await get({ type: 'join-listen', subject: '/a', format: 'xml' });
      expect([body.includes('nack'), hub.stats().sessions]).toEqual([true, 0]);
    }
  });
});

describe('the publish hook', () => {
  it('is shown the very command that is executed', async () => {
    const seen: PublishContext[] = [];
    const { join } = stage({ authorize: { publish: (context) => seen.push(context) > 0 } });
    const alice = await join();
    await alice.does('publish', { subject: '/a', to: 'bob', text: 'hi' });
    expect(seen).toMatchObject([{ subject: '/a', to: 'bob', data: { text: 'hi' }, sessionId: alice.id }]);
    expect(Object.isFrozen(seen[0]?.command)).toBe(true);
  });

  it('says in its own words why not', async () => {
    const { join } = stage({ authorize: { publish: () => ({ refuse: `no & <never>${'!'.repeat(300)}` }) } });
    const { body } = await (await join('xml-strict')).does('publish', { subject: '/a' });
    expect(reason(body)).toMatch(/^no &amp; &lt;never&gt;!+$/);
    expect(reason(body)).toHaveLength(256 + 10);
  });
});

describe('a hook that fails', () => {
  const failing: [string, Authorize][] = [
    [
      'throws',
      {
        publish: () => {
          throw new Error('broken');
        },
      },
    ],
    ['rejects', { publish: () => Promise.reject(new Error('broken')) }],
    ['returns nonsense', { publish: () => 'yes' as never }],
  ];

  it.each(failing)('and %s is a refusal, and is reported', async (_what, authorize) => {
    const { join, errors } = stage({ authorize });
    const { status, body } = await (await join()).does('publish', { subject: '/a' });
    expect([status, reason(body), errors.length]).toEqual([200, 'publishing is not authorized', 1]);
    expect(body).not.toContain('broken');
  });

  it('and never answers is a refusal in time', async () => {
    const { join, errors, advance, runtime } = stage({
      authorize: { publish: () => new Promise(() => undefined) },
    });
    const answer = (await join()).does('publish', { subject: '/a' });
    await advance(10_000);
    expect([reason((await answer).body), errors.length, runtime.timers]).toEqual([
      'publishing is not authorized',
      1,
      0,
    ]);
  });

  it('is a refusal even when reporting it fails too', async () => {
    const onError = () => {
      throw new Error('also broken');
    };
    const { join } = stage({ authorize: { publish: failing[0]?.[1].publish ?? false }, onError });
    expect((await (await join()).does('publish', { subject: '/a' })).body).toContain('nack');
  });
});

describe('commands of one session', () => {
  it('keep their order while a hook makes up its mind', async () => {
    let decide: (verdict: boolean) => void = () => undefined;
    const subscribe = () =>
      new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    const { join, hub, turn } = stage({ authorize: { subscribe } });
    const alice = await join();
    const first = alice.does('subscribe', { subject: '/a' });
    const second = alice.does('unsubscribe');
    await turn();
    decide(true);
    expect((await first).body).toContain('subscribe-ack');
    expect((await second).body).toContain('unsubscribe-ack');
    expect(hub.stats().subscriptions).toBe(0);
  });

  it('are refused when too many wait', async () => {
    const { join, turn } = stage({
      maxPendingCommands: 2,
      authorize: { subscribe: () => new Promise(() => undefined) },
    });
    const alice = await join();
    for (let n = 0; n < 3; n += 1) void alice.does('subscribe', { subject: '/a' });
    await turn();
    expect((await alice.does('heartbeat')).body).toContain('too many commands of this session wait');
  });

  it('are refused when the session has ended before their turn', async () => {
    let decide: (verdict: boolean) => void = () => undefined;
    const subscribe = () =>
      new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    const { join, hub, turn } = stage({ authorize: { subscribe, publish: () => Promise.resolve(true) } });
    const alice = await join();
    const answers = [alice.does('subscribe', { subject: '/a' }), alice.does('heartbeat')];
    await turn();
    hub.leave([...hub.sessions()][0]!);
    decide(true);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([400, 400]);
  });

  it('of other sessions do not wait', async () => {
    const { join } = stage({ authorize: { subscribe: () => new Promise(() => undefined) } });
    const [alice, bob] = [await join(), await join()];
    void alice.does('subscribe', { subject: '/a' });
    expect((await bob.does('heartbeat')).body).toContain('hb-ack');
  });
});
