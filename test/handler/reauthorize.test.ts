import type { Admission, Authorize } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Fields, type Stage, stage } from './kit.ts';

const body = (play: Stage, client: { session: string; key: string }, fields: Fields) =>
  play.get({ format: 'ndjson', ...client, ...fields });

async function joined(play: Stage): Promise<{ session: string; key: string }> {
  const answer = await play.get({ type: 'join', format: 'ndjson' });
  const { session, key } = JSON.parse(answer.body) as { session: string; key: string };
  return { session, key };
}

describe('an admission that is renewed', () => {
  const validMs = 100_000;

  function lasting(admit: () => Admission | false = () => ({ principal: 'ann' })) {
    let asked = 0;
    const play = stage({
      authorize: {
        join: () => {
          asked += 1;
          const admission = admit();
          return admission && { expires: play.runtime.wallTime() + validMs, ...admission };
        },
      },
    });
    return { play, asked: () => asked };
  }

  it('keeps its session, whose client was told 25 s before', async () => {
    const { play, asked } = lasting();
    const ann = await joined(play);
    const stream = await body(play, ann, { type: 'listen', mode: 'stream', heartbeats: 'answer' });
    for (let second = 0; second < 250; second += 5) {
      await play.advance(5000);
      const told = stream.outlet.text.split('"name":"token"').length - 1;
      const type = told === asked() ? 'renew' : 'heartbeat';
      expect((await body(play, ann, { type })).status).toBe(200);
    }
    expect(asked()).toBe(4);
    expect(stream.outlet.text).toContain(`"data":{"expires":${1_700_000_000_000 + validMs}}`);
    expect(play.hub.session(ann.session)).toBeDefined();
  });

  it('takes the data and the time of the newest verdict', async () => {
    const data = ['a guest', 'an editor'];
    const { play } = lasting(() => ({ principal: 'ann', data: data.shift() }));
    const ann = await joined(play);
    await play.advance(5000);
    await body(play, ann, { type: 'renew' });
    expect(play.hub.session(ann.session)?.data).toBe('an editor');
  });

  it.each<[string, Admission | false]>([
    ['refuses', false],
    ['names another user', { principal: 'bob' }],
    ['names nobody', { data: 1 }],
  ])('ends the session when the hook %s', async (_what, verdict) => {
    const verdicts: (Admission | false)[] = [{ principal: 'ann' }, verdict];
    const { play } = lasting(() => verdicts.shift() ?? false);
    const ann = await joined(play);
    const stream = await body(play, ann, { type: 'listen', mode: 'stream' });
    expect((await body(play, ann, { type: 'renew' })).status).toBe(410);
    expect(stream.outlet.text).toContain('"reason":"revoked"');
    expect(play.hub.session(ann.session)).toBeUndefined();
  });

  it('ends an anonymous session that is refused', async () => {
    const verdicts = [true, false];
    const play = stage({ authorize: { join: () => verdicts.shift() ?? false } });
    const guest = await joined(play);
    expect((await body(play, guest, { type: 'renew' })).status).toBe(410);
    expect(play.hub.session(guest.session)).toBeUndefined();
  });

  it.each([undefined, true] as const)(
    'leaves what the application has set where nobody is asked: %s',
    async (join) => {
      const play = stage(join === undefined ? {} : { authorize: { join } });
      const guest = await joined(play);
      const session = play.hub.session(guest.session);
      if (session === undefined) throw new Error('none');
      session.data = 'a guest';
      play.hub.expire(session, play.runtime.wallTime() + 5000);
      expect((await body(play, guest, { type: 'renew' })).status).toBe(200);
      expect(session.data).toBe('a guest');
      await play.advance(5100);
      expect(session.closed).toBe(true);
    },
  );

  it('leaves no timer behind when its session ends', async () => {
    const { play } = lasting();
    const before = play.runtime.timers;
    const ann = await joined(play);
    await body(play, ann, { type: 'renew' });
    expect(play.runtime.timers).toBeGreaterThan(before);
    await body(play, ann, { type: 'leave' });
    expect(play.runtime.timers).toBe(before);
  });

  it('cannot be asked for by a link, and tells no client of the original protocol', async () => {
    const { play } = lasting();
    const ann = await play.join('xml');
    const stream = await ann.does('listen', { mode: 'stream' });
    expect((await ann.does('renew')).body).toContain('nack');
    const { session, key } = await joined(play);
    const query = new URLSearchParams({ type: 'renew', session, key }).toString();
    expect((await play.send({ query })).status).toBe(400);
    await play.advance(80_000);
    expect(stream.outlet.text).not.toContain('token');
  });
});

describe('hub.expire', () => {
  it('sets the end, in place of what the hook said', async () => {
    const play = stage();
    const ann = await joined(play);
    const session = play.hub.session(ann.session);
    if (session === undefined) throw new Error('none');
    play.hub.expire(session, play.runtime.wallTime() + 5000);
    play.hub.expire(session, new Date(play.runtime.wallTime() + 10_000));
    await play.advance(9900);
    expect(session.closed).toBe(false);
    await play.advance(200);
    expect(session.closed).toBe(true);
    play.hub.expire(session, 0);
  });

  it('refuses what is no time', async () => {
    const play = stage();
    const session = play.hub.session((await joined(play)).session);
    if (session === undefined) throw new Error('none');
    expect(() => play.hub.expire(session, Number.NaN)).toThrow('must be a time');
    expect(() => play.hub.expire(session, 1_700_000_000)).toThrow('looks like seconds');
    for (const wrong of [null, {}, []])
      expect(() => play.hub.expire(session, wrong as unknown as Date)).toThrow('must be a time');
    for (const nobody of [undefined, null, {}, session.id])
      expect(() => play.hub.expire(nobody as unknown as typeof session, 0)).toThrow('must be a session');
    play.hub.expire(session, 0);
    expect(session.closed).toBe(true);
  });
});

describe('hub.reauthorize', () => {
  function watched(more: Authorize = {}) {
    const allowed = new Set(['/a', '/b']);
    const play = stage({ authorize: { subscribe: ({ pattern }) => allowed.has(pattern), ...more } });
    return { play, allowed };
  }

  it('ends what the subscribe hook refuses now, with a gap, and nothing else', async () => {
    const { play, allowed } = watched();
    const ann = await joined(play);
    for (const subject of ['/a', '/b']) await body(play, ann, { type: 'subscribe', subject });
    const stream = await body(play, ann, { type: 'listen', mode: 'stream' });
    const ended: string[] = [];
    play.hub.on('unsubscribed', (_session, { pattern }) => ended.push(pattern));
    play.hub.publish('/a', 'withheld');
    allowed.delete('/a');
    const session = play.hub.session(ann.session);
    expect(await play.hub.reauthorize(session ?? 'nobody')).toBe(1);
    play.hub.publish('/a', 'late');
    play.hub.publish('/b', 'fine');
    await play.turn();
    expect(stream.outlet.text).toContain('"reason":"policy"');
    expect(stream.outlet.text).toContain('"type":"revoked"');
    expect(stream.outlet.text).toContain('fine');
    expect(stream.outlet.text).not.toMatch(/withheld|late/);
    expect(ended).toEqual(['/a']);
  });

  it('asks about a session without a channel before its next command', async () => {
    const { play, allowed } = watched();
    const ann = await joined(play);
    await body(play, ann, { type: 'subscribe', subject: '/a' });
    allowed.delete('/a');
    expect(await play.hub.reauthorize(play.hub.session(ann.session) ?? '')).toBe(0);
    play.hub.publish('/a', 'secret');
    const stream = await body(play, ann, { type: 'listen', mode: 'stream' });
    await play.turn();
    expect(stream.outlet.text).not.toContain('secret');
    expect(play.hub.session(ann.session)?.subscriptions).toEqual([]);
  });

  it('asks the join hook as soon as the client shows fresh credentials, or ends the session after 10 s', async () => {
    let banned = false;
    const { play } = watched({ join: () => (banned ? false : 'ann') });
    const [renewing, silent] = [await joined(play), await joined(play)];
    const stream = await body(play, renewing, { type: 'listen', mode: 'stream', heartbeats: 'answer' });
    await play.hub.reauthorize('ann');
    await play.turn();
    expect(stream.outlet.text).toContain('"name":"token"');
    expect((await body(play, renewing, { type: 'renew' })).status).toBe(200);
    await play.advance(9900);
    expect(play.hub.session(silent.session)).toBeDefined();
    await play.advance(200);
    expect(play.hub.session(silent.session)).toBeUndefined();
    expect(play.hub.session(renewing.session)).toBeDefined();
    banned = true;
    await play.hub.reauthorize('ann');
    expect((await body(play, renewing, { type: 'renew' })).status).toBe(410);
  });

  it('asks again about a user who is joining', async () => {
    const verdicts: ((admission: Admission | false) => void)[] = [];
    const play = stage({ authorize: { join: () => new Promise((resolve) => verdicts.push(resolve)) } });
    const answer = play.get({ type: 'join', format: 'ndjson' });
    await play.hub.reauthorize('ann');
    verdicts[0]?.({ principal: 'ann' });
    await play.turn();
    expect(verdicts).toHaveLength(2);
    verdicts[1]?.(false);
    expect((await answer).status).toBe(403);
  });

  it.each(['join', 'renew'] as const)(
    'refuses a %s whose hook calls it each time, and says why',
    async (verb) => {
      let calls = verb === 'join';
      let asked = 0;
      const play: Stage = stage({
        authorize: {
          join: async () => {
            await undefined;
            asked += 1;
            if (asked > 100) throw new Error('asked for ever');
            if (calls) await play.hub.reauthorize('ann');
            return 'ann';
          },
        },
      });
      const join = play.get({ type: 'join', format: 'ndjson' });
      if (verb === 'join') expect((await join).status).toBe(403);
      else {
        const { session, key } = JSON.parse((await join).body) as { session: string; key: string };
        calls = true;
        expect((await body(play, { session, key }, { type: 'renew' })).status).toBe(410);
        expect(play.hub.session(session)).toBeUndefined();
      }
      expect(play.errors.map(String)).toEqual([expect.stringContaining('must not call hub.reauthorize')]);
    },
  );

  it('refuses a subscription whose hook calls it each time', async () => {
    let asked = 0;
    const play: Stage = stage({
      authorize: {
        subscribe: async ({ session }) => {
          await undefined;
          asked += 1;
          if (asked > 100) throw new Error('asked for ever');
          if (session !== undefined) await play.hub.reauthorize(session);
          return true;
        },
      },
    });
    const ann = await joined(play);
    expect((await body(play, ann, { type: 'subscribe', subject: '/a' })).status).toBe(403);
    expect(play.errors.map(String)).toEqual([expect.stringContaining('must not call hub.reauthorize')]);
  });

  /** Sessions of one user, listening or not, whose subscribe hook wants to be asked again as often as is said. */
  async function restless(times: number, { sessions = 1, listening = true, waits = false } = {}) {
    let [asked, inside, deepest, left] = [0, 0, 0, 0];
    const play: Stage = stage({
      authorize: {
        join: () => ({ principal: 'ann' }),
        subscribe: ({ principal }) => {
          asked += 1;
          if (asked > 1000) throw new Error('asked for ever');
          if (left <= 0) return true;
          left -= 1;
          inside += 1;
          deepest = Math.max(deepest, inside);
          const again = play.hub.reauthorize(principal ?? '');
          inside -= 1;
          return waits ? again.then(() => true) : true;
        },
      },
    });
    for (let nth = 0; nth < sessions; nth += 1) {
      const ann = await joined(play);
      await body(play, ann, { type: 'subscribe', subject: '/a' });
      if (listening) await body(play, ann, { type: 'listen', mode: 'stream' });
    }
    asked = 0;
    left = times;
    const ended = await play.hub.reauthorize('ann');
    return { play, ended, asked: () => asked, deepest: () => deepest };
  }

  it.each([true, false])('asks once more, and not inside, what was to be asked again: %s', async (waits) => {
    const { ended, asked, deepest, play } = await restless(1, { waits });
    expect([ended, asked(), deepest()]).toEqual([0, 2, 1]);
    expect(play.errors).toEqual([]);
  });

  it.each([
    ['one that listens', { waits: false }],
    ['one that listens, to a hook that waits', { waits: true }],
    ['several', { sessions: 3, waits: true }],
  ])('ends the subscriptions of %s whose hook calls it each time', async (_who, how) => {
    const { play, asked, ended } = await restless(Number.POSITIVE_INFINITY, how);
    const all = [...play.hub.sessions()];
    expect(all.flatMap(({ subscriptions }) => subscriptions)).toEqual([]);
    expect(ended).toBeGreaterThan(0);
    expect(asked()).toBeLessThanOrEqual(10 * all.length ** 2);
    expect(String(play.errors[0])).toContain('must not call hub.reauthorize');
  });

  it('ends those of a session without a channel, before its next command', async () => {
    const { play, ended, asked } = await restless(Number.POSITIVE_INFINITY, { listening: false });
    const [session] = play.hub.sessions();
    expect([ended, asked(), session?.subscriptions.length]).toEqual([0, 0, 1]);
    await body(play, { session: session?.id ?? '', key: session?.secret ?? '' }, { type: 'heartbeat' });
    expect([asked(), session?.subscriptions]).toEqual([10, []]);
  });

  it('asks again about a subscription that waits for its hook', async () => {
    const verdicts: ((verdict: boolean) => void)[] = [];
    const play = stage({ authorize: { subscribe: () => new Promise((resolve) => verdicts.push(resolve)) } });
    const ann = await joined(play);
    await body(play, ann, { type: 'listen', mode: 'stream' });
    const answer = body(play, ann, { type: 'subscribe', subject: '/a' });
    await play.turn();
    await play.hub.reauthorize(play.hub.session(ann.session) ?? '');
    verdicts[0]?.(true);
    await play.turn();
    verdicts[1]?.(false);
    expect((await answer).status).toBe(403);
  });

  it('keeps an end that was set while the hook was asked', async () => {
    const verdicts: ((verdict: string) => void)[] = [];
    const play = stage({ authorize: { join: () => new Promise((resolve) => verdicts.push(resolve)) } });
    const joining = play.get({ type: 'join', format: 'ndjson' });
    verdicts[0]?.('ann');
    const { session: id, key } = JSON.parse((await joining).body) as { session: string; key: string };
    const renewing = body(play, { session: id, key }, { type: 'renew' });
    await play.turn();
    const session = play.hub.session(id);
    if (session === undefined) throw new Error('none');
    play.hub.expire(session, play.runtime.wallTime() + 5000);
    verdicts[1]?.('ann');
    expect((await renewing).status).toBe(200);
    await play.advance(5100);
    expect(session.closed).toBe(true);
  });

  it('needs a handler, and a session or a name', async () => {
    const play = stage();
    await expect(play.hub.reauthorize(undefined as unknown as string)).rejects.toThrow(TypeError);
  });
});
