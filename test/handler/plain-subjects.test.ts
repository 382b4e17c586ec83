import { createHandler } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const classic = { matching: 'prefix', authorize: { publish: true } } as const;

describe('subjects on a mount that matches by prefix', () => {
  it.each(['alarmNotify', '/a/b/', '//a', '/a*', 'x y', 'wetter/münchen'])(
    '%j is subscribed, published and delivered, from clients and from the server',
    async (subject) => {
      const { join, hub } = stage(classic);
      const alice = await join();
      await alice.does('listen', { mode: 'poll', subject: `/other, ${subject},` });
      expect((await alice.does('publish', { subject, n: '1' })).body).toContain('publish-ack');
      hub.publish(subject, { n: 2 });
      const { body } = await alice.does('refresh');
      expect([...body.matchAll(/ n="(\d)"/g)].map(([, n]) => n)).toEqual(['1', '2']);
      expect(body).toContain(`p_subject="${subject}"`);
    },
  );

  it('the hooks are shown what will be matched, not the blanks around it', async () => {
    const shown: string[] = [];
    const allowed = (subject: string) => {
      shown.push(subject);
      return !subject.startsWith('/secret');
    };
    const { join, hub } = stage({
      matching: 'prefix',
      authorize: {
        subscribe: ({ pattern }) => allowed(pattern),
        publish: ({ subject }) => allowed(subject),
      },
    });
    const alice = await join();
    expect((await alice.does('subscribe', { subject: '/a, /secret,,' })).body).toContain('nack');
    expect((await alice.does('publish', { subject: ' /secret/x' })).body).toContain('nack');
    expect(shown).toEqual(['/a', '/secret', '/secret/x']);
    expect(hub.stats()).toMatchObject({ published: 0, subscriptions: 0 });
  });

  it('clients of a mount by path on the same hub neither publish nor hear them', async () => {
    const { hub, join, runtime } = stage({ authorize: { publish: true } });
    createHandler(hub, { runtime, matching: 'prefix' });
    const alice = await join('xml');
    await alice.does('listen', { mode: 'poll', subject: '/**' });
    expect((await alice.does('publish', { subject: 'larm' })).body).toContain('nack');
    for (const subject of ['alarm', '/a/', '//a']) hub.publish(subject, {});
    hub.publish('/a', { n: 1 });
    expect((await alice.does('refresh')).body.match(/p_event="data"/g)).toHaveLength(1);
  });
});
