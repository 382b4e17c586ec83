import type { Admission, HandlerOptions } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const letsIn = (admission: unknown, more: HandlerOptions['authorize'] = {}) =>
  stage({ authorize: { join: () => admission as Admission, ...more } });

describe('a join hook that says whom it lets in', () => {
  it('gives the session its principal and its data, which later hooks see', async () => {
    const seen: unknown[] = [];
    const play = letsIn(
      { principal: 'ann', data: { role: 'editor' } },
      { subscribe: ({ session, principal }) => seen.push([principal, session?.data]) > 0 },
    );
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/a' });
    expect(play.hub.session(ann.id)).toMatchObject({ principal: 'ann', data: { role: 'editor' } });
    expect(seen).toEqual([['ann', { role: 'editor' }]]);
  });

  it('may let an anonymous client in, with data', async () => {
    const play = letsIn({ data: 'a guest' });
    const guest = await play.join('ndjson');
    expect(play.hub.session(guest.id)).toMatchObject({ principal: undefined, data: 'a guest' });
  });

  it.each([
    [{}],
    [{ principle: 'ann' }],
    [{ principal: '' }],
    [{ principal: 7 }],
    [{ principal: null }],
    [{ principal: undefined, data: 'of a user who was not found' }],
    [{ principal: 'ann', expires: 'tomorrow' }],
    [{ principal: 'ann', expires: null }],
    [{ principal: 'ann', expires: Number.NaN }],
    [{ principal: 'ann', expires: Number.POSITIVE_INFINITY }],
    [{ principal: 'ann', expires: new Date(Number.NaN) }],
    [{ principal: 'ann', refuse: undefined }],
    [new Map([['principal', 'ann']])],
    [['ann']],
  ])('lets nobody in with %j, and the failure is reported', async (admission) => {
    const play = letsIn(admission);
    const answer = await play.get({ type: 'join', format: 'ndjson' });
    expect(answer.status).toBe(403);
    expect(play.errors.map(String)).toEqual([expect.stringMatching(/the hook returned an (?:object|array)/)]);
  });
});

describe('an admission that expires', () => {
  const validMs = 300_000;

  it('ends the session in time, and the client that joins again is asked again', async () => {
    let asked = 0;
    const play = stage({
      authorize: {
        join: () => {
          asked += 1;
          return { principal: 'ann', expires: play.runtime.wallTime() + validMs };
        },
      },
    });
    const ann = await play.join('ndjson');
    const stream = await ann.does('listen', { mode: 'stream', subject: '/a', heartbeats: 'answer' });
    const beat = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 5000) {
        await play.advance(5000);
        if (play.hub.session(ann.id) !== undefined) await ann.does('heartbeat');
      }
    };
    await beat(validMs - 10_000);
    expect(play.hub.session(ann.id)).toBeDefined();
    await beat(20_000);
    expect(play.hub.session(ann.id)).toBeUndefined();
    expect(stream.outlet.text).toContain('"reason":"revoked"');
    await play.join('ndjson');
    expect(asked).toBe(2);
  });

  it('may be given as a Date, and is refused when it is over already', async () => {
    const play = stage({ authorize: { join: () => ({ principal: 'ann', expires: new Date(0) }) } });
    const answer = await play.get({ type: 'join', format: 'ndjson' });
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('has expired')]);
  });

  it('never ends where no time is named', async () => {
    const play = letsIn({ principal: 'ann', expires: undefined });
    expect(play.hub.session((await play.join('ndjson')).id)?.principal).toBe('ann');
  });

  it.each([
    ['seconds', 1_700_000_000, ['RangeError: `expires` counts milliseconds, this looks like seconds']],
    ['long over', -1, []],
  ])('is refused when it is %s, as %d is', async (_what, expires, reported) => {
    const play = letsIn({ principal: 'ann', expires });
    expect((await play.get({ type: 'join', format: 'ndjson' })).status).toBe(403);
    expect(play.errors.map(String)).toEqual(reported);
  });
});
