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
  await all.calm();
  return { client, stream, said };
}

describe('a request of the server to a client', () => {
  it.each(['a', 'b', 'c'])('is asked by one node, and answered at node %s', async (name) => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    expect(question).toMatchObject({ subject: '/confirm', data: 'delete?' });
    const done = await answer(all, client, name, question?.messageId ?? '', { value: { yes: true } });
    expect(done.lines[0]).toMatchObject({ type: 'request-ack' });
    await all.calm();
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
    await all.calm();
    expect(said).toEqual(['not-now']);
  });

  it('is answered though letters are lost, and the client is told that it was', async () => {
    const all = await nodes();
    const { client, stream, said } = await asked(all);
    const [question] = await questions(stream);
    let lost = 3;
    all.engine.faults.letter = () => lost-- > 0;
    await answer(all, client, 'c', question?.messageId ?? '', { value: 1 });
    await all.pass(2000);
    expect(said).toEqual([1]);
    const answers = (await stream.lines()).filter(({ name }) => name === 'request-answer');
    expect(answers.map(({ data }) => (data as unknown as { value: unknown }).value)).toEqual([null]);
  });

  it('tells a client whose answer nobody takes', async () => {
    const all = await nodes();
    const { client, stream } = await asked(all);
    const [question] = await questions(stream);
    const stranger = await all.client('b');
    const hers = await stranger.listens('b');
    await answer(all, stranger, 'b', question?.messageId ?? '', { value: 1 });
    for (const id of ['x.gone', 'x.*', 'x.>', `x.${'n'.repeat(65)}`, 'x'])
      await answer(all, client, 'c', id, { value: 1 });
    await all.pass(3000);
    const codes = async (of: Stream) =>
      (await of.lines())
        .filter(({ name }) => name === 'request-answer')
        .map(({ data }) => (data as unknown as { error: { code: string } }).error.code);
    expect(await codes(hers)).toEqual(['no-request']);
    expect((await codes(stream)).sort()).toEqual([
      ...['no-request', 'no-request', 'no-request', 'no-request', 'unconfirmed'],
    ]);
    expect(all.errors).toEqual([]);
  });

  it('goes on when the session moves to another node meanwhile', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.listens('a');
    const session = all.node('a').session(client.id);
    const answered = talk(all, 'a').request(session, '/confirm', 1);
    await all.calm();
    const stream = await client.listens('b', { ack: client.cursor ?? '' });
    const [question] = await questions(stream);
    await answer(all, client, 'b', question?.messageId ?? '', { value: 'from b' });
    await all.calm();
    expect(await answered).toBe('from b');
  });

  it('ends by its time when the session is gone', async () => {
    const all = await nodes();
    const said: unknown[] = [];
    talk(all, 'a')
      .request('nobody', '/confirm', 1, { timeoutMs: 1000 })
      .catch(({ code }) => said.push(code));
    await all.pass(1100);
    expect(said).toEqual(['timeout']);
  });
});
