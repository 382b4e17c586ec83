import { talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes, type Stream } from './kit.ts';

const talk = (all: Nodes, name: string) => talkOf(all.node(name).hub as never);

interface Asked {
  readonly messageId: string;
  readonly subject: string;
  readonly data: unknown;
}

async function questions(stream: Stream): Promise<Asked[]> {
  const lines = await stream.lines();
  return lines.filter(({ name }) => name === 'request').map(({ data }) => data as unknown as Asked);
}

let last = 0;
/** Answers a question at a node, as a client does: with data in a body of JSON. */
function answer(all: Nodes, { id, key }: Client, name: string, messageId: string, said: object) {
  last += 1;
  const command = {
    type: 'request',
    format: 'ndjson',
    session: id,
    key,
    subject: '/$answer',
    messageId: `m${last}`,
  };
  const body = JSON.stringify({ ...command, data: { messageId, ...said } });
  return all.node(name).send({ body, headers: { 'content-type': 'application/json' } });
}

/** Waits until the marks of names, which are made on threads, have been compared. */
async function until(all: Nodes, done: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !done() && Date.now() < end; ) await all.calm();
}

/** A client that listens at node b, and what came of a question of node a. */
async function asked(all: Nodes): Promise<{ client: Client; stream: Stream; said: unknown[] }> {
  const client = await all.client('b');
  const stream = await client.listens('b');
  const said: unknown[] = [];
  talk(all, 'a')
    .request(client.id, '/confirm', 'delete?')
    .then(
      (value) => said.push(value),
      ({ code }) => said.push(code),
    );
  await until(all, () => stream.outlet.text.includes('/confirm'));
  return { client, stream, said };
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly code: string };
}

/** What came of the answers that a client brought. */
async function outcomes(stream: Stream): Promise<Outcome[]> {
  const lines = await stream.lines();
  return lines.filter(({ name }) => name === 'request-answer').map(({ data }) => data as unknown as Outcome);
}

async function codesOf(stream: Stream): Promise<unknown[]> {
  return (await outcomes(stream)).map(({ error }) => error?.code);
}

describe('a request of the server to a client', () => {
  it('is not asked any more when it was given up at once', async () => {
    const all = await nodes();
    const client = await all.client('b');
    const stream = await client.listens('b');
    const stop = new AbortController();
    const request = talk(all, 'a').request(client.id, '/confirm', 'delete?', { signal: stop.signal });
    stop.abort(new Error('never mind'));
    await expect(request).rejects.toThrow('never mind');
    void talk(all, 'a')
      .request(client.id, '/next', null)
      .catch(() => undefined);
    await until(all, () => stream.outlet.text.includes('/next'));
    expect(stream.outlet.text).not.toContain('/confirm');
  });

  it.each(['a', 'b', 'c'])('is asked by one node, and answered at node %s', async (name) => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    expect(question).toMatchObject({ subject: '/confirm', data: 'delete?' });
    const done = await answer(all, client, name, question?.messageId ?? '', { value: { yes: true } });
    expect(done.lines[0]).toMatchObject({ type: 'request-ack' });
    await until(all, () => said.length > 0);
    expect(said).toEqual([{ yes: true }]);
    expect(all.errors).toEqual([]);
  });

  it('is refused by the client at another node', async () => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    await answer(all, client, 'b', question?.messageId ?? '', {
      error: { code: 'not-now', reason: 'later' },
    });
    await until(all, () => said.length > 0);
    expect(said).toEqual(['not-now']);
  });

  it('is answered though letters are lost, and the client is told that it was', async () => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    let lost = 3;
    all.engine.faults.letter = () => lost-- > 0;
    await answer(all, client, 'c', question?.messageId ?? '', { value: 1 });
    await until(all, () => lost < 3);
    await all.pass(2000);
    expect(said).toEqual([1]);
    expect(await outcomes(stream)).toEqual([expect.objectContaining({ value: null })]);
  });

  it('tells a client whose answer nobody takes', async () => {
    const all = await nodes();
    const { client, stream } = await asked(all);
    const [question] = await questions(stream);
    const stranger = await all.client('b');
    const hers = await stranger.listens('b');
    await answer(all, stranger, 'b', question?.messageId ?? '', { value: 1 });
    for (const id of ['x.gone', 'x.b.mark', 'x.*.mark', `${question?.messageId}x`, 'x', ''])
      await answer(all, client, 'c', id, { value: 1 });
    await until(all, () => stream.outlet.text.split('no-request').length > 6);
    expect(await codesOf(hers)).toEqual(['no-request']);
    expect(await codesOf(stream)).toEqual(Array(6).fill('no-request'));
    expect(all.errors).toEqual([]);
  });

  it('sends no letter to a name that the client made up, and says so when a node that has asked is gone', async () => {
    const all = await nodes();
    const { client, stream } = await asked(all);
    const [question] = await questions(stream);
    all.engine.faults.letter = () => true;
    const to = () => all.engine.letters.flatMap(([name, text]) => (text.startsWith('q') ? [name] : []));
    const [, node, mark] = question?.messageId.split('.') ?? [];
    for (const id of ['x.gone', `x.gone.${mark}`, `x.${node}`, `x.${node}.${mark}.y`, `x.${node}.${mark}x`])
      await answer(all, client, 'c', id, { value: 1 });
    await until(all, () => stream.outlet.text.split('no-request').length > 5);
    await all.pass(3000);
    expect(to()).toEqual([]);
    await answer(all, client, 'c', question?.messageId ?? '', { value: 1 });
    await until(all, () => to().length > 0);
    await all.pass(3000);
    expect(new Set(to())).toEqual(new Set(['a']));
    expect(await codesOf(stream)).toEqual([...Array(5).fill('no-request'), 'unconfirmed']);
  });

  it('is claimed by the first of the tabs, whatever nodes they speak to', async () => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    const id = question?.messageId ?? '';
    for (const name of ['c', 'a', 'b']) await answer(all, client, name, id, { claim: true });
    const claims: unknown[] = [];
    for (const end = Date.now() + 5000; claims.length < 3 && Date.now() < end; )
      claims.push(...(await outcomes(stream)).map(({ value }) => value));
    expect(claims.sort()).toEqual([false, false, true]);
    await answer(all, client, 'b', id, { value: 'done' });
    await until(all, () => said.length > 0);
    expect(said).toEqual(['done']);
  });

  it('goes on when the session moves to another node meanwhile', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.listens('a');
    const session = all.node('a').session(client.id);
    const answered = talk(all, 'a').request(session, '/confirm', 1);
    const stream = await client.listens('b', { ack: client.cursor ?? '' });
    await until(all, () => stream.outlet.text.includes('/confirm'));
    const [question] = await questions(stream);
    await answer(all, client, 'b', question?.messageId ?? '', { value: 'from b' });
    expect(await answered).toBe('from b');
  });

  it('is not asked when it is given up while its id is made', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const givenUp = new AbortController();
    const { signal } = givenUp;
    const answered = talk(all, 'a').request(client.id, '/confirm', 1, { signal });
    givenUp.abort(new Error('given up'));
    await expect(answered).rejects.toThrow('given up');
  });

  it('ends by its time when the session is gone', async () => {
    const all = await nodes();
    const said: unknown[] = [];
    talk(all, 'a')
      .request('nobody', '/confirm', 1, { timeoutMs: 1000 })
      .catch(({ code }) => said.push(code));
    // Its time runs from when its id has its mark, which is made on a thread.
    for (const end = Date.now() + 5000; said.length === 0 && Date.now() < end; ) await all.pass(1100);
    expect(said).toEqual(['timeout']);
  });
});
