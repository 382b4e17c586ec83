import { Parser } from '@asyncapi/parser';
import { type StandardSchema, talkOf } from '@cometkit/handler';
import { type } from 'arktype';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type Fields, type Stage, stage } from '../kit.ts';

const vendors: [string, StandardSchema][] = [
  ['zod', z.object({ items: z.array(z.object({ price: z.number() })) })],
  ['valibot', v.object({ items: v.array(v.object({ price: v.number() })) })],
  ['arktype', type({ items: type({ price: 'number' }).array() })],
];

async function client(play: Stage): Promise<(fields: Fields, data: unknown) => Promise<[number, string]>> {
  const joined = await play.get({ type: 'join', format: 'ndjson' });
  const { session, key } = JSON.parse(joined.body) as { session: string; key: string };
  return async (fields, data) => {
    const body = JSON.stringify({ session, key, subject: '/orders/7', ...fields, data });
    const answer = await play.send({ body, headers: { 'content-type': 'application/json' } });
    return [answer.status, answer.body];
  };
}

const publish = { type: 'publish' };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(vendors)('a schema of %s', (_name, schema) => {
  it('refuses what a client publishes or asks, with the place of the fault, before any hook', async () => {
    const asked: unknown[] = [];
    const play = stage({ authorize: { publish: ({ data }) => asked.push(data) > 0 } });
    talkOf(play.hub).schema('/orders/:id', schema);
    talkOf(play.hub).handle('/orders/:id', ({ data }) => asked.push(data));
    const says = await client(play);
    const wrong = { items: [{ price: 1 }, { price: '<script>' }] };
    for (const fields of [publish, { type: 'request', messageId: 'm1' }]) {
      const [status, body] = await says(fields, wrong);
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({
        code: 'invalid-data',
        detail: expect.stringContaining('does not fit the schema of its subject at items.1.price'),
      });
      expect(body).not.toContain('script>');
    }
    expect(asked).toEqual([]);
    expect((await says(publish, { items: [{ price: 1 }] }))[0]).toBe(200);
    expect((await says({ ...publish, subject: '/other' }, wrong))[0]).toBe(200);
    expect(asked).toEqual([{ items: [{ price: 1 }] }, wrong]);
  });

  it('refuses what the server publishes in development, but not in production', () => {
    const wrong = { items: [{ price: 'much' }] };
    const play = stage();
    talkOf(play.hub).schema('/orders/:id', schema);
    expect(() => play.hub.publish('/orders/7', wrong)).toThrow(
      'does not fit the schema of its subject at items.0.price',
    );
    expect(() => play.hub.broadcast('/orders/7', null)).toThrow('does not fit');
    expect(() => play.hub.sendToPrincipal('ann', '/orders/7', 1)).toThrow('does not fit');
    expect(() => play.hub.send('none', '/orders/7', 1)).toThrow('does not fit');
    expect(play.hub.publish('/orders/7', { items: [] }).json).toBe('{"items":[]}');
    vi.stubEnv('NODE_ENV', 'production');
    const live = stage();
    talkOf(live.hub).schema('/orders/:id', schema);
    expect(live.hub.publish('/orders/7', wrong).data).toEqual(wrong);
  });
});

describe('a schema', () => {
  it('gives everybody what it makes of what a client publishes', async () => {
    const play = stage({ authorize: { publish: true } });
    talkOf(play.hub).schema('/orders/:id', z.object({ count: z.coerce.number().default(1) }));
    const heard: unknown[] = [];
    talkOf(play.hub).on('/orders/:id', ({ data }) => heard.push(data));
    const says = await client(play);
    await says(publish, { count: '3', admin: true });
    await says(publish, {});
    expect(heard).toEqual([{ count: 3 }, { count: 1 }]);
  });

  it("sees the server's data as its receivers get it", () => {
    const play = stage();
    talkOf(play.hub).schema('/at', z.iso.datetime());
    expect(play.hub.publish('/at', new Date(0)).data).toBe('1970-01-01T00:00:00.000Z');
    expect(() => play.hub.publish('/at', 0)).toThrow('does not fit');
  });

  it('may answer later, within the time of a hook', async () => {
    const play = stage({ authorize: { publish: true } });
    const known = z.string().refine(async (name) => name === 'ann');
    talkOf(play.hub).schema('/orders/:id', known);
    const says = await client(play);
    expect((await says(publish, 'ann'))[0]).toBe(200);
    expect((await says(publish, 'bob'))[0]).toBe(400);
    talkOf(play.hub).schema(
      '/slow',
      z.string().refine(() => new Promise<boolean>(() => undefined)),
    );
    const answer = says({ ...publish, subject: '/slow' }, 'x');
    for (let turns = 0; turns < 4; turns += 1) await play.turn();
    await play.advance(10_100);
    expect(await answer).toEqual([400, expect.stringContaining('could not be checked')]);
    expect(play.errors).toHaveLength(1);
  });

  it('hides names that came from the client, and reports a validator that throws', async () => {
    const play = stage({ authorize: { publish: true } });
    talkOf(play.hub).schema('/orders/:id', z.record(z.string(), z.number()));
    talkOf(play.hub).schema('/broken', {
      '~standard': {
        version: 1,
        vendor: 'a test',
        validate: () => {
          throw new Error('a secret');
        },
      },
    });
    const says = await client(play);
    expect((await says(publish, { '<b>': 'x' }))[1]).toContain('of its subject at ?');
    expect((await says({ ...publish, subject: '/broken' }, 1))[1]).not.toContain('secret');
    expect(play.errors.map(String)).toEqual(['Error: a secret']);
  });

  it('is one for each template, and can be taken away', async () => {
    const talk = talkOf(stage().hub);
    const end = talk.schema('/orders/:id', z.string());
    expect(() => talk.schema('/orders/:name', z.string())).toThrow('has a schema');
    expect(() => talk.schema('/other', {} as unknown as StandardSchema)).toThrow('must be a Standard Schema');
    end();
    talk.schema('/orders/:name', z.number());
  });
});

describe('the description of subjects', () => {
  it('is AsyncAPI 3, which its parser accepts', async () => {
    const talk = talkOf(stage().hub);
    talk.schema('/orders/:id', z.object({ items: z.array(z.number()) }));
    talk.schema('/orders/:id/notes', type({ text: 'string' }));
    talk.schema('/orders-id', v.string());
    talk.schema('/numbers', z.bigint());
    const described = talk.describeSubjects({ title: 'A shop', version: '1.2.0' });
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(described));
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    const channels = document?.channels().all() ?? [];
    expect(channels.map((channel) => [channel.id(), channel.address()])).toEqual([
      ['orders-id', '/orders/{id}'],
      ['orders-id-notes', '/orders/{id}/notes'],
      ['orders-id-2', '/orders-id'],
      ['numbers', '/numbers'],
    ]);
    const payload = channels[0]?.messages().all()[0]?.payload()?.json();
    expect(payload).toMatchObject({ type: 'object', properties: { items: { type: 'array' } } });
    expect(talkOf(stage().hub).describeSubjects()).toEqual({
      asyncapi: '3.0.0',
      info: { title: 'Events', version: '0.0.0' },
      channels: {},
      operations: {},
    });
  }, 20_000);
});
