import type { Authorize } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Fields, stage } from './kit.ts';

const userOf = (text = ''): string | undefined => /user=(\w+)/.exec(text)?.[1];
const join: Authorize['join'] = ({ request }) =>
  userOf(request.header('cookie')) ?? userOf(request.header('authorization')) ?? false;

/** A session that `ada` joined, and what its browser sends later. */
async function ada(hook: Authorize['join'] = join, headers: Record<string, string> = { cookie: 'user=ada' }) {
  let asked = 0;
  const counted: Authorize['join'] = (context) => {
    asked += 1;
    return typeof hook === 'function' ? hook(context) : true;
  };
  const world = stage({ authorize: { join: counted, publish: true } });
  const answer = await world.get({ type: 'join', format: 'ndjson' }, { headers });
  const { session, key } = JSON.parse(answer.body) as { session: string; key: string };
  const own = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const says = async (fields: Fields, more: Record<string, string>) =>
    (await world.get({ format: 'ndjson', session, key, ...fields }, { headers: more })).status;
  return { world, own, says, asked: () => asked };
}

const publish = { type: 'publish', subject: '/a', data: '1' };

describe('a session whose browser goes on as another user', () => {
  it.each<[string, Authorize['join']]>([
    ['at once', join],
    ['later', async (context) => (typeof join === 'function' ? join(context) : true)],
  ])('is over for that user, whether the join hook answers %s', async (_, hook) => {
    const { own, says } = await ada(hook);
    expect(await says(publish, { cookie: `user=ada; ${own}` })).toBe(200);
    for (const command of [publish, { type: 'subscribe', subject: '/b' }, { type: 'listen' }])
      expect(await says(command, { cookie: `user=bob; ${own}` })).toBe(410);
    expect(await says(publish, { cookie: `${own}; user=ada` })).toBe(200);
  });

  it('is over where nobody is logged in any more, but may be left', async () => {
    const { own, says } = await ada();
    expect(await says(publish, { cookie: `theme=dark; ${own}` })).toBe(410);
    expect(await says({ type: 'leave' }, { cookie: `theme=dark; ${own}` })).toBe(200);
  });

  it('is over for another token in authorization', async () => {
    const { says } = await ada(join, { authorization: 'user=ada' });
    expect(await says(publish, { authorization: 'user=ada' })).toBe(200);
    expect(await says(publish, { authorization: 'user=bob' })).toBe(410);
  });

  it('asks the hook again only where what tells users apart has changed', async () => {
    const { says, own, asked } = await ada();
    for (let n = 0; n < 3; n += 1) await says(publish, { cookie: `user=ada; ${own}` });
    expect(asked()).toBe(1);
    for (let n = 0; n < 3; n += 1) expect(await says(publish, { cookie: 'user=ada; theme=dark' })).toBe(200);
    expect(asked()).toBe(2);
    // A transport that cannot send the header proves itself by the key.
    expect(await says(publish, {})).toBe(200);
    expect(asked()).toBe(2);
  });

  it('asks nobody where the session is nobody’s', async () => {
    const { says, asked } = await ada(() => true);
    expect(await says(publish, { cookie: 'user=bob' })).toBe(200);
    expect(asked()).toBe(1);
  });
});
