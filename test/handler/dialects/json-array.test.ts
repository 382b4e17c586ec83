import { describe, expect, it } from 'vitest';
import { type Answer, stage } from '../kit.ts';

const headers = { accept: 'application/json' };

/** The types of the messages of an answer, which must be one array of JSON. */
function typesOf({ headers, body }: Pick<Answer, 'headers' | 'body'>): string[] {
  expect(headers['content-type']).toBe('application/json');
  return (JSON.parse(body) as { type: string }[]).map(({ type }) => type);
}

async function polling() {
  const world = stage({ authorize: { publish: true } });
  const answer = await world.send({ query: 'subject=/a', headers });
  const [ack, refresh] = JSON.parse(answer.body);
  const url = new URL(refresh.url, 'http://127.0.0.1');
  const { session, key } = ack;
  const next = (): Promise<Answer> => world.send({ query: `${url.search.slice(1)}&key=${key}`, headers });
  const says = (fields: object): Promise<Answer> =>
    world.send({ body: JSON.stringify({ session, key, ...fields }), headers });
  return { ...world, answer, ack, next, says };
}

describe('an answer of JSON is one array', () => {
  it('that ends at once when nothing came, and says how to go on', async () => {
    const { answer, ack } = await polling();
    expect(typesOf(answer)).toEqual(['join-listen-ack', 'refresh']);
    expect(ack.mode).toBe('long-poll');
  });

  it('with the events that came', async () => {
    const { hub, turn, next } = await polling();
    const held = next();
    await turn();
    hub.publish('/a', [1, '],[']);
    hub.publish('/a', 'two');
    await turn();
    const answer = await held;
    expect(typesOf(answer)).toEqual(['refresh-ack', 'data', 'data', 'refresh']);
    expect(JSON.parse(answer.body)[1]).toMatchObject({ subject: '/a', data: [1, '],['] });
  });

  it('with a heartbeat when nothing came for the hold time', async () => {
    const { turn, advance, next } = await polling();
    const held = next();
    await turn();
    await advance(20_200);
    expect(typesOf(await held)).toEqual(['refresh-ack', 'heartbeat', 'refresh']);
  });

  it('when another request has taken its place', async () => {
    const { turn, hub, next } = await polling();
    const older = next();
    await turn();
    const newer = next();
    await turn();
    expect(typesOf(await older)).toEqual(['refresh-ack', 'superseded']);
    hub.publish('/a', 1);
    await turn();
    expect(typesOf(await newer)).toEqual(['refresh-ack', 'data', 'refresh']);
  });

  it('when the server goes', async () => {
    const { handler, turn, next } = await polling();
    const held = next();
    await turn();
    const closed = handler.close();
    expect(typesOf(await held)).toEqual(['refresh-ack', 'abort']);
    await closed;
  });

  it('when the past cannot be given any more', async () => {
    const { says } = await polling();
    const answer = await says({ type: 'subscribe', subject: '/b', since: 'zzz-1-1' });
    expect(typesOf(answer)).toEqual(['subscribe-ack', 'gap']);
  });

  it.each([
    ['join', {}],
    ['subscribe', { subject: '/b' }],
    ['unsubscribe', {}],
    ['publish', { subject: '/b', data: 1 }],
    ['heartbeat', {}],
    ['leave', {}],
  ])('of one acknowledgement for %s', async (type, fields) => {
    const { says } = await polling();
    expect(typesOf(await says({ type, ...fields }))).toEqual([`${type}-ack`]);
  });
});

it.each(['stream', 'Stream'])(
  'mode=%s is refused, for nobody reads an array before its end',
  async (mode) => {
    const { send, hub } = stage();
    for (const request of [
      { query: `subject=/a&mode=${mode}`, headers },
      { query: `subject=/a&mode=${mode}&format=json` },
      { body: JSON.stringify({ type: 'join-listen', subject: '/a', mode, format: 'json' }) },
    ]) {
      const { status, body } = await send(request);
      expect([status, JSON.parse(body).code]).toEqual([400, 'unknown-mode']);
    }
    expect(hub.stats().sessions).toBe(0);
  },
);

it('mode=stream leaves no subscription behind in a session either', async () => {
  const { send, hub } = stage();
  const { session, key } = JSON.parse((await send({ body: '{"type":"join"}' })).body);
  const query = `session=${session}&key=${key}&subject=/a&mode=stream`;
  const { status } = await send({ query, headers });
  expect([status, hub.stats().subscriptions]).toEqual([400, 0]);
});

it('a poll gets its array at once', async () => {
  const { send } = stage();
  const answer = await send({ query: 'subject=/a&mode=poll', headers });
  expect(typesOf(answer)).toEqual(['join-listen-ack', 'refresh']);
});
