import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const lines = (body: string) =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('join', () => {
  it('gives an id, and to a modern client its key, its place and the version', async () => {
    const { get } = stage();
    expect((await get({ type: 'join', format: 'xml' })).body).toBe(
      '<event p_event="join-ack" p_id="0000000000000000000003" p_format="xml" p_time="1700000000" />',
    );
    expect(lines((await get({ type: 'join', format: 'ndjson' })).body)).toEqual([
      {
        type: 'join-ack',
        session: '0000000000000000000006',
        key: '0000000000000000000007',
        time: 1_700_000_000_000,
        cursor: expect.any(String),
        version: 1,
      },
    ]);
  });

  it('ignores a p_mode, whatever it says', async () => {
    const { get } = stage();
    expect((await get({ type: 'join', mode: 'nonsense' })).body).toContain('join-ack');
  });

  it('ignores an id that the client wants', async () => {
    const { get, hub } = stage();
    const { body } = await get({ type: 'join', format: 'xml', session: 'mine' });
    expect([body.includes('mine'), hub.session('mine')]).toEqual([false, undefined]);
  });

  it('gives the same session to the same nonce', async () => {
    const { get, hub } = stage();
    const fields = { type: 'join', format: 'ndjson', nonce: 'abcdefghijklmnop' };
    const [first] = lines((await get(fields)).body);
    const again = await get(fields);
    expect(lines(again.body)[0].key).toBe(first.key);
    expect([hub.stats().sessions, again.headers['set-cookie'] !== undefined]).toEqual([1, true]);
  });

  it('resumes after the cursor of an earlier session', async () => {
    const { join, get, hub } = stage();
    const alice = await join('ndjson');
    await alice.does('listen', { mode: 'poll', subject: '/a' });
    const seen = hub.publish('/a', 'seen');
    hub.publish('/a', 'missed');
    const answer = await get({ type: 'join', format: 'ndjson', ack: seen.cursor });
    const [{ session, key }] = lines(answer.body);
    const subscribed = await get({ type: 'subscribe', subject: '/a', session, key });
    expect(lines(subscribed.body)[0].from).toBe(seen.cursor);
    await get({ type: 'listen', mode: 'poll', ack: seen.cursor, session, key });
    const { body } = await get({ type: 'refresh', ack: seen.cursor, session, key });
    expect(lines(body).map((line) => line.data)).toEqual([undefined, 'missed', undefined]);
  });

  it('is refused when the server is full', async () => {
    const { join, get } = stage({}, { maxSessions: 1 });
    await join();
    expect((await get({ type: 'join', format: 'xml' })).body).toBe(
      '<event p_event="nack" p_reason="the server is full" p_time="1700000000" />',
    );
    const modern = await get({ type: 'join', format: 'ndjson' });
    expect([modern.status, modern.headers['retry-after']]).toEqual([503, '15']);
    const source = await get({ type: 'join-listen', format: 'sse' });
    expect([source.status, source.body]).toEqual([
      200,
      expect.stringMatching(/event: refused\n.*\n\nretry: 15000\n\n$/),
    ]);
  });

  it.each(['listen', 'join-listen', 'refresh'])(
    'that fails on the data channel of a Java client is a nack in a 200, and with a 400 when it comes again: %s',
    async (event) => {
      const { join, send } = stage({ authorize: { subscribe: false } });
      const { id, cookie } = await join('xml');
      const refused = async (query: string) => {
        const { status, headers, body } = await send({ query, headers: { cookie } });
        return [status, headers['content-type'], /p_event="(\w+)"/.exec(body)?.[1]];
      };
      const query = `p_event=${event}&p_id=${id}&p_subject=/a`;
      const type = 'text/plain;charset=UTF-8';
      for (const status of [200, 400])
        expect(await refused(`${query}&p_format=xml&p_mode=none`)).toEqual([status, type, 'nack']);
      if (event !== 'refresh') expect(await refused(`${query}&p_format=xml`)).toEqual([200, type, 'nack']);
      for (const format of ['xml-strict', 'js', 'json'])
        expect((await refused(`${query}&p_format=${format}&p_mode=none`))[0]).toBe(200);
      expect((await refused(`p_event=subscribe&p_id=${id}&p_subject=/a&p_format=xml`))[0]).toBe(200);
    },
  );

  it('that is a broken element is answered as the original does, whatever type it names', async () => {
    const { send } = stage();
    for (const type of ['text/plain', 'text/xml', 'application/octet-stream']) {
      const { status, headers, body } = await send({
        method: 'POST',
        headers: { 'content-type': type },
        body: '<event p_event="join"',
      });
      expect([status, headers['content-type']]).toEqual([400, 'text/html;charset=UTF-8']);
      expect(body).toContain('400 Bad Request');
    }
  });

  it('is answered with abort when the server has closed', async () => {
    const { get, handler } = stage();
    await handler.close();
    expect((await get({ type: 'join', format: 'xml-strict' })).body).toContain('p_event="abort"');
    // The Java client would come back at once for anything but a status.
    expect((await get({ type: 'join', format: 'xml' })).status).toBe(503);
    const modern = await get({ type: 'join', format: 'ndjson' });
    expect([modern.status, modern.headers['retry-after']]).toEqual([503, '3']);
    const source = await get({ type: 'join-listen', format: 'sse' });
    expect([source.status, source.body]).toEqual([200, expect.stringMatching(/event: abort\n/)]);
  });
});

describe('subscribe', () => {
  it('gives a sid, and the subject and the label back', async () => {
    const { join } = stage();
    const alice = await join();
    expect((await alice.does('subscribe', { subject: '/a,/b', label: 'l' })).body).toBe(
      `<event p_event="subscribe-ack" p_id="${alice.id}" p_subject="/a,/b" p_sid="0000000000000000000005" p_label="l" p_time="1700000000" />`,
    );
  });

  it('counts twice what is subscribed twice, and delivers one copy', async () => {
    const { join, hub } = stage();
    const alice = await join();
    for (let n = 0; n < 2; n += 1) await alice.does('listen', { mode: 'poll', subject: '/a' });
    hub.publish('/a', { x: 1 });
    expect((await alice.does('refresh')).body.match(/x="1"/g)).toHaveLength(1);
  });

  it('is refused without a subject', async () => {
    const { join } = stage();
    const alice = await join();
    expect((await alice.does('subscribe')).body).toBe(
      `<event p_event="nack" p_id="${alice.id}" p_reason="no subject provided" p_time="1700000000" />`,
    );
  });

  it('matches whole segments, or prefixes where the handler says so', async () => {
    for (const [matching, expected] of [
      ['path', 1],
      ['prefix', 2],
    ] as const) {
      const { join, hub } = stage({ matching });
      const alice = await join();
      await alice.does('listen', { mode: 'poll', subject: '/foo' });
      for (const subject of ['/foo/x', '/foobar']) hub.publish(subject, { x: 1 });
      expect((await alice.does('refresh')).body.match(/x="1"/g)).toHaveLength(expected);
    }
  });

  it('gives the past that is asked for, in the same answer', async () => {
    const { join, hub } = stage();
    const alice = await join('ndjson');
    const events = [1, 2, 3].map((n) => hub.publish('/a/x', n));
    const past = async (fields: Record<string, string>) =>
      lines((await alice.does('subscribe', { subject: '/a', ...fields })).body).map(
        (line) => line.data ?? line.type,
      );
    expect(await past({ since: events[0]?.cursor ?? '' })).toEqual(['subscribe-ack', 2, 3]);
    expect(await past({ last: '1' })).toEqual(['subscribe-ack', 3]);
    expect(await past({ latest: 'true' })).toEqual(['subscribe-ack', 3]);
    expect(await past({ since: 'zzz-1-1' })).toEqual(['subscribe-ack', 'gap', 1, 2, 3]);
    expect(await past({})).toEqual(['subscribe-ack']);
  });

  it('gives at most a thousand past events, and says which are missing', async () => {
    const { join, hub } = stage();
    const alice = await join('ndjson');
    const before = hub.cursor();
    for (let n = 0; n < 1500; n += 1) hub.publish('/a', n);
    const { body } = await alice.does('subscribe', { subject: '/a', since: before });
    const [, gap, first, ...rest] = lines(body);
    expect(gap).toMatchObject({ type: 'gap', from: 1, to: 500, reason: 'overflow' });
    expect([first.data, rest.length]).toEqual([500, 999]);
  });

  it.each([{ last: '-1' }, { last: 'x' }, { since: 'x' }, { last: '1', latest: 'true' }])(
    'is refused with the past %j',
    async (past) => {
      const { join } = stage();
      const alice = await join();
      expect((await alice.does('subscribe', { subject: '/a', ...past })).body).toContain('nack');
    },
  );
});

describe('labels', () => {
  it('go to their own subscriber and to nobody else', async () => {
    const { join, hub } = stage();
    const [alice, bob] = [await join(), await join()];
    await alice.does('listen', { mode: 'poll', subject: '/a', label: 'mine' });
    await bob.does('listen', { mode: 'poll', subject: '/a' });
    hub.publish('/a', { x: 1 });
    expect((await alice.does('refresh')).body).toContain('p_label="mine"');
    expect((await bob.does('refresh')).body).not.toContain('label');
  });
});

describe('unsubscribe', () => {
  it('ends one subscription', async () => {
    const { join, hub } = stage();
    const alice = await join();
    await alice.does('subscribe', { subject: '/a', label: 'l' });
    const [session] = hub.sessions();
    const [subscription = ''] = session?.subscriptions.map(({ id }) => id) ?? [];
    expect((await alice.does('unsubscribe', { subscription })).body).toBe(
      `<event p_event="unsubscribe-ack" p_id="${alice.id}" p_sid="${subscription}" p_subject="/a" p_label="l" p_time="1700000000" />`,
    );
  });

  it('ends all when no sid is given', async () => {
    const { join, hub } = stage();
    const alice = await join();
    for (const subject of ['/a', '/b']) await alice.does('subscribe', { subject });
    expect((await alice.does('unsubscribe')).body).toBe(
      `<event p_event="unsubscribe-ack" p_id="${alice.id}" p_time="1700000000" />`,
    );
    expect(hub.stats().subscriptions).toBe(0);
  });

  it('is refused for a sid that there is not, which the reason names if it is plain', async () => {
    const { join } = stage();
    for (const [format, reason] of [
      ['xml', 'no subscription for sid=no-such-sid'],
      ['xml-strict', 'no subscription for sid=no-such-sid'],
      ['ndjson', 'no such subscription'],
    ]) {
      const client = await join(format);
      const { body } = await client.does('unsubscribe', { subscription: 'no-such-sid' });
      if (format !== 'ndjson') expect(body).toContain(`p_reason="${reason}"`);
      else expect(body).not.toContain('no-such-sid');
    }
  });

  it('is refused for a sid that there is not, and does not say what could be harmful', async () => {
    const { join } = stage();
    const alice = await join();
    const { body } = await alice.does('unsubscribe', { subscription: '<xss>' });
    expect([body.includes('nack'), body.includes('xss')]).toEqual([true, false]);
  });
});

describe('publish', () => {
  const open = { authorize: { publish: true } };

  it('reaches the subscribers, and the publisher if it is one', async () => {
    const { join } = stage(open);
    const [alice, bob] = [await join(), await join()];
    for (const client of [alice, bob]) await client.does('listen', { mode: 'poll', subject: '/chat' });
    expect((await alice.does('publish', { subject: '/chat', text: 'hi' })).body).toBe(
      '<event p_event="publish-ack" p_time="1700000000" />',
    );
    for (const client of [alice, bob]) {
      expect((await client.does('refresh')).body).toContain(`p_from="${alice.id}" text="hi"`);
    }
  });

  it('lets no reserved field of the publisher through', async () => {
    const { join } = stage(open);
    const [alice, bob] = [await join(), await join()];
    await bob.does('listen', { mode: 'poll', subject: '/chat' });
    const forged = {
      from: 'root',
      subscription: 'x',
      seq: '9',
      time: '1',
      label: 'x',
      reason: 'x',
      version: '1',
    };
    await alice.does('publish', { subject: '/chat', ...forged, text: 'hi' });
    const { body } = await bob.does('refresh');
    expect(body).toMatch(
      new RegExp(
        `<event p_event="data" p_sid="\\w+" p_seq="1" p_subject="/chat" p_time="1700000000" p_from="${alice.id}" text="hi" />`,
      ),
    );
  });

  it('goes to one session with p_to, subscribed or not', async () => {
    const { join } = stage(open);
    const [alice, bob] = [await join(), await join()];
    await bob.does('listen', { mode: 'poll' });
    await alice.does('publish', { subject: '/note', to: bob.id, text: 'psst' });
    const { body } = await bob.does('refresh');
    expect(body).toContain(`p_to="${bob.id}" text="psst"`);
    expect(body).not.toContain('p_sid');
  });

  it('is acknowledged for an addressee that there is not', async () => {
    const { join } = stage(open);
    const alice = await join();
    const known = await alice.does('publish', { subject: '/x', to: alice.id });
    const unknown = await alice.does('publish', { subject: '/x', to: 'nobody' });
    expect(unknown.body).toBe(known.body);
  });

  it.each([
    ['modern', { type: 'publish', subject: '/a' }, 'session', []],
    [
      'classic',
      { p_event: 'publish', p_subject: '/a' },
      'p_id',
      [
        { n: 1, b: true },
        { n: 1, data: [] },
      ],
    ],
  ])(
    'carries any JSON in the member data of %s JSON, and in a classic one scalars beside it',
    async (_name, publish, id, more) => {
      const { join, send } = stage(open);
      const alice = await join('ndjson');
      await alice.does('listen', { mode: 'poll', subject: '/a' });
      const says = (fields: object) =>
        send({
          body: JSON.stringify({ ...publish, [id]: alice.id, ...fields }),
          headers: { cookie: alice.cookie },
        });
      const inData = [[1, { x: null }], 'text', null];
      for (const fields of [...inData.map((data) => ({ data })), ...more])
        expect((await says(fields)).body).toContain('publish-ack');
      const answers = lines((await alice.does('refresh')).body).slice(1, -1);
      expect(answers.map((line) => line.data)).toEqual([...inData, ...more]);
      expect(await says({ n: [1] })).toMatchObject({ status: 400 });
    },
  );

  it('is accepted once for one p_msgid', async () => {
    const { join, hub } = stage(open);
    const alice = await join();
    for (let n = 0; n < 3; n += 1) await alice.does('publish', { subject: '/a', messageId: 'm1' });
    expect(hub.stats().published).toBe(1);
  });

  it('is refused unless it is authorized', async () => {
    const { join, hub } = stage();
    const alice = await join();
    expect((await alice.does('publish', { subject: '/a' })).body).toContain(
      'p_reason="publishing is not authorized"',
    );
    expect(hub.stats().published).toBe(0);
  });

  it('is refused without a subject', async () => {
    const { join } = stage(open);
    const alice = await join();
    expect((await alice.does('publish')).body).toContain('no subject provided');
  });

  it('never gives a publisher away by its key', async () => {
    const { join } = stage(open);
    const alice = await join('ndjson');
    await alice.does('listen', { mode: 'poll', subject: '/a' });
    await alice.does('publish', { subject: '/a', key: 'anything' });
    expect((await alice.does('refresh')).body).not.toContain('key');
  });
});

describe('heartbeats and leases', () => {
  it.each(['hb', 'heartbeat'])('%s renews the lease', async (event) => {
    const { join, send, hub, advance } = stage({ classicLeaseMs: 10_000 }, { leaseMs: 10_000 });
    const alice = await join();
    for (let n = 0; n < 4; n += 1) {
      const { body } = await send({
        query: `p_event=${event}&p_id=${alice.id}`,
        headers: { cookie: alice.cookie },
      });
      expect(body).toBe(`<event p_event="hb-ack" p_time="${1_700_000_000 + n * 8}" />`);
      await advance(8000);
    }
    expect(hub.stats().sessions).toBe(1);
    await advance(5000);
    expect(hub.stats().sessions).toBe(0);
  });

  it('a session that is never used again ends early', async () => {
    const { join, hub, advance } = stage();
    await join('ndjson');
    await advance(15_500);
    expect(hub.stats().sessions).toBe(0);
  });

  it.each(['js', 'xml', 'xml-strict', 'json'])(
    'a session joined in %s lives the 5 minutes of the original',
    async (format) => {
      const { join, advance } = stage();
      const alice = await join(format);
      for (let n = 0; n < 2; n += 1) {
        await advance(299_000);
        expect((await alice.does('heartbeat')).status).toBe(200);
      }
      await advance(300_500);
      expect((await alice.does('heartbeat')).status).toBe(400);
    },
  );

  it('a classic session that was never used makes room when the server is full', async () => {
    const { join, hub, advance } = stage({}, { maxSessions: 2 });
    const used = await join();
    await used.does('heartbeat');
    const idle = await join();
    await advance(2000);
    await join('ndjson');
    expect([hub.session(idle.id), hub.session(used.id)?.closed]).toEqual([undefined, false]);
  });

  it('a hub with a longer lease keeps classic sessions as long', async () => {
    const { join, advance } = stage({}, { leaseMs: 600_000 });
    const alice = await join();
    await advance(599_000);
    expect((await alice.does('heartbeat')).status).toBe(200);
  });
});

describe('leave', () => {
  it('ends the session for good', async () => {
    const { join } = stage();
    const alice = await join();
    expect((await alice.does('leave')).body).toBe(
      `<event p_event="leave-ack" p_id="${alice.id}" p_time="1700000000" />`,
    );
    expect((await alice.does('heartbeat')).status).toBe(400);
  });
});
