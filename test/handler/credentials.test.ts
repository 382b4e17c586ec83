import { describe, expect, it } from 'vitest';
import { sameText } from '../../packages/handler/src/credentials.ts';
import { stage } from './kit.ts';

const lost = { status: 400 };

describe('the cookie', () => {
  it('is set at every join, for the endpoint alone', async () => {
    const { get } = stage();
    for (const format of ['xml', 'ndjson']) {
      const { headers } = await get({ type: 'join', format });
      expect(headers['set-cookie']).toMatch(
        /^cometkit_([\w-]{4})=\1[\w-]{18}; Path=\/push; HttpOnly; SameSite=Strict$/,
      );
    }
    const { headers } = await get({ type: 'join' }, { secure: true, path: '/a/b.srv/' });
    expect(headers['set-cookie']).toMatch(/; Path=\/a\/b\.srv; HttpOnly; SameSite=Strict; Secure$/);
  });

  it('is new at each join, whatever the browser shows: a planted one opens nothing', async () => {
    const { get, hub } = stage();
    const planted = `cometkit_evil=${'A'.repeat(22)}`;
    for (const format of ['xml', 'ndjson']) {
      const { headers } = await get({ type: 'join', format }, { headers: { cookie: planted } });
      const [own] = [headers['set-cookie']].flat();
      const [session] = [...hub.sessions()].slice(-1);
      const hb = (cookie: string | undefined) =>
        get({ type: 'heartbeat', session: session?.id ?? '' }, { headers: { cookie: cookie ?? '' } });
      expect((await hb(planted)).status).toBe(400);
      expect((await hb(own?.split(';')[0])).status).toBe(200);
      // Nor does the address of one that keeps cookies.
      expect((await hb(undefined)).status).toBe(400);
    }
  });

  it('is taken back at a later join when its session has ended, and only then', async () => {
    const { get, join } = stage();
    const [alice, bob] = [await join(), await join('ndjson')];
    await alice.does('leave');
    const shown = { cookie: `a=b; ${alice.cookie}; c; ${bob.cookie}` };
    const { headers } = await get({ type: 'join' }, { headers: shown });
    const name = alice.cookie.split('=')[0];
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^cometkit_[\w-]{4}=[\w-]{22}; Path=\/push; HttpOnly; SameSite=Strict$/),
      `${name}=; Path=/push; HttpOnly; SameSite=Strict; Max-Age=0`,
    ]);
  });

  it('proves sessions of both kinds', async () => {
    const { join } = stage();
    for (const format of ['xml', 'ndjson']) {
      const alice = await join(format);
      expect((await alice.does('heartbeat')).status).toBe(200);
    }
  });

  it('is needed once it was seen, from whatever address', async () => {
    const { join, get } = stage();
    const alice = await join();
    await alice.does('heartbeat');
    const fields = { type: 'heartbeat', session: alice.id };
    expect(await get(fields)).toMatchObject(lost);
    expect((await get(fields, { headers: { cookie: alice.cookie }, address: '198.51.100.9' })).status).toBe(
      200,
    );
  });

  it('stands beside those of tabs that joined at the same time', async () => {
    const { join, get } = stage();
    const [alice, bob] = [await join(), await join('ndjson')];
    const headers = { cookie: `${bob.cookie}; cometkit_x=y; ${alice.cookie}` };
    for (const { id } of [alice, bob]) {
      expect((await get({ type: 'heartbeat', session: id }, { headers })).status).toBe(200);
      expect(
        await get(
          { type: 'heartbeat', session: id },
          { headers: { cookie: `cometkit_a=${'a'.repeat(22)}` } },
        ),
      ).toMatchObject(lost);
    }
  });
});

describe('a nonce', () => {
  const join = { type: 'join', format: 'ndjson', nonce: '0123456789abcdef' };
  const idOf = ({ body }: { readonly body: string }) => JSON.parse(body).session;

  it('that a stranger uses too gives it a session of its own', async () => {
    const { get, hub } = stage();
    const device = await get(join, { address: '203.0.113.9' });
    const again = await get(join, { address: '[::ffff:203.0.113.9]:4711' });
    const stranger = await get(join, { address: '198.51.100.9' });
    expect(idOf(again)).toBe(idOf(device));
    expect(idOf(stranger)).not.toBe(idOf(device));
    expect(stranger.body).not.toContain(hub.session(idOf(device))?.secret);
  });
});

describe('a classic client without cookies', () => {
  it('is known by its address', async () => {
    const { join, get } = stage();
    const alice = await join();
    const fields = { type: 'heartbeat', session: alice.id };
    expect((await get(fields)).status).toBe(200);
    expect(await get(fields, { address: '198.51.100.9' })).toMatchObject(lost);
  });

  it('is refused where addresses do not count', async () => {
    const { join, get } = stage({ cookieless: 'refuse' });
    const alice = await join();
    expect(await get({ type: 'heartbeat', session: alice.id })).toMatchObject(lost);
  });

  it('is refused where the address is not known', async () => {
    const { join, get } = stage();
    const alice = await join('xml', { address: '' });
    expect(await get({ type: 'heartbeat', session: alice.id }, { address: '' })).toMatchObject(lost);
  });
});

describe('the key', () => {
  it('proves a modern session, and its id alone does not', async () => {
    const { get, hub } = stage();
    await get({ type: 'join', format: 'ndjson' });
    const [session] = hub.sessions();
    const fields = { type: 'heartbeat', session: session?.id ?? '' };
    expect(await get(fields)).toMatchObject(lost);
    expect((await get({ ...fields, key: session?.secret ?? '' })).status).toBe(200);
    expect(await get({ ...fields, key: session?.id ?? '' })).toMatchObject(lost);
  });
});

describe('a session of somebody else', () => {
  it('cannot be told from one that never was or is no more', async () => {
    const { join, get, hub } = stage();
    const [alice, gone] = [await join('ndjson'), await join('ndjson')];
    await gone.does('leave');
    for (const type of [
      'listen',
      'refresh',
      'subscribe',
      'unsubscribe',
      'publish',
      'heartbeat',
      'leave',
      'nonsense',
    ]) {
      const answers: object[] = [];
      for (const session of [alice.id, gone.id, 'never', '__proto__']) {
        const { status, headers, body } = await get({ type, session, key: 'guess', subject: '/a' });
        answers.push({ status, headers, body });
      }
      expect(answers).toEqual(answers.map(() => answers[0]));
      expect(answers[0]).toMatchObject(lost);
    }
    expect(hub.session(alice.id)?.attached).toBe(false);
  });
});

describe('sameText', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['', 'a', false],
    ['a', '', false],
    ['aa', 'a', false],
    ['ab', 'abab', false],
  ])('compares %j and %j', (given, expected, same) => {
    expect(sameText(given, expected)).toBe(same);
  });
});
