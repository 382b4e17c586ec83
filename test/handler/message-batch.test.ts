import { CometError, type JsonValue } from '@cometkit/core';
import { type HandlerOptions, RequestError, talkOf } from '@cometkit/handler';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callers, type Heard } from './connection-kit.ts';
import { type Stage, stage } from './kit.ts';

const allowed: HandlerOptions = {
  authorize: { publish: ({ subject }) => (subject === '/no' ? { refuse: 'no' } : true) },
};

/** A server that counts what it carries out, and a client of it that asks over HTTP. */
async function server(options: HandlerOptions = allowed) {
  const play: Stage = stage(options);
  const ran: unknown[] = [];
  const talk = talkOf(play.hub);
  talk.handle('/double', ({ data }) => {
    ran.push(data);
    return Number(data) * 2;
  });
  talk.handle('/sold', ({ data }) => {
    ran.push(data);
    throw new RequestError('sold-out', 'none are left');
  });
  talk.on('/a', ({ data }) => void ran.push(data));
  const ann = await play.join('ndjson');
  const post = async (fields: object): Promise<{ status: number; lines: Heard[] }> => {
    const body = JSON.stringify({ format: 'ndjson', session: ann.id, ...fields });
    const headers = { cookie: ann.cookie, 'content-type': 'application/json' };
    const answer = await play.send({ body, headers });
    return {
      status: answer.status,
      lines: answer.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  };
  const batch = async (...commands: object[]): Promise<Heard[]> =>
    (await post({ type: 'batch', commands })).lines;
  return { play, ann, ran, post, batch };
}

let last = 0;

function message(data: JsonValue, subject = '/a', messageId = `m-${++last}`) {
  return { type: 'publish', subject, data, messageId };
}

function question(data: JsonValue, subject = '/double', messageId = `m-${++last}`) {
  return { type: 'request', subject, data, messageId };
}

const outcomes = (lines: readonly Heard[]): unknown[] => lines.map(({ type, code }) => code ?? type);

/** Lets what runs go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('messages and requests in a batch', () => {
  it('are carried out in their order, and one that is refused refuses only itself', async () => {
    const { batch, ran } = await server();
    const lines = await batch(
      message(1),
      question(2),
      message(3, '/no'),
      question(4, '/nobody'),
      message(5, 'no slash'),
      { type: 'publish', subject: '/a' },
      { ...message(6), key: 'x' },
      message(7),
    );
    await settled();
    expect(outcomes(lines)).toEqual([
      'publish-ack',
      'request-ack',
      'not-authorized',
      'no-handler',
      'invalid-subject',
      'missing-field',
      'invalid-field',
      'publish-ack',
    ]);
    expect([...ran].sort()).toEqual([1, 2, 7]);
  });

  it('that come again are acknowledged again and not carried out, also when their session has ended', async () => {
    const { play, ann, batch, post, ran } = await server();
    const commands = [message(1), question(2)];
    for (let time = 0; time < 2; time += 1)
      expect(outcomes(await batch(...commands))).toEqual(['publish-ack', 'request-ack']);
    await settled();
    play.hub.leave(play.hub.session(ann.id) as never);
    expect(outcomes(await batch(...commands, message(3)))).toEqual(['publish-ack', 'request-ack']);
    expect((await post({ type: 'batch', commands: [message(3), message(4)] })).status).toBe(410);
    expect(ran).toEqual([1, 2]);
  });

  it('that come again behind one that was refused are acknowledged when their session has ended, too', async () => {
    const { play, ann, batch, ran } = await server();
    const commands = [message(1, '/no'), question(2, '/nobody'), message(3), message(4, '/no'), message(5)];
    const refusals = ['not-authorized', 'no-handler'];
    expect(outcomes(await batch(...commands))).toEqual([
      ...refusals,
      'publish-ack',
      'not-authorized',
      'publish-ack',
    ]);
    play.hub.leave(play.hub.session(ann.id) as never);
    expect(outcomes(await batch(...commands, message(6)))).toEqual([
      'unknown-session',
      'unknown-session',
      'publish-ack',
      'unknown-session',
      'publish-ack',
    ]);
    expect(ran).toEqual([3, 5]);
  });

  it('are asked for by their hooks one by one, with their own command', async () => {
    const asked: unknown[] = [];
    const { batch } = await server({
      authorize: {
        publish: ({ subject, data, command }) => {
          asked.push([subject, data, command.verb, command.messageId]);
          return true;
        },
      },
    });
    await batch(message(1, '/a', 'x'), message(2, '/b', 'y'));
    expect(asked).toEqual([
      ['/a', 1, 'publish', 'x'],
      ['/b', 2, 'publish', 'y'],
    ]);
  });

  it('behind one that may be sent again are not begun, so that they keep their order', async () => {
    let fault: CometError | undefined = new CometError('uncertain', 'perhaps', {});
    const { play, batch, ran } = await server();
    const { publish } = play.hub;
    Object.assign(play.hub, {
      publish: (...args: Parameters<typeof publish>) => {
        if (fault && args[1] === 2) throw fault;
        return publish.apply(play.hub, args);
      },
    });
    const commands = [message(1), message(2), message(3)];
    expect(outcomes(await batch(...commands))).toEqual(['publish-ack', 'uncertain']);
    fault = undefined;
    await batch(...commands.slice(1));
    expect(ran).toEqual([1, 2, 3]);
  });

  it('that the server is too busy for have no answer, unless it is the first', async () => {
    const { play, batch } = await server();
    talkOf(play.hub).handle('/slow', () => new Promise(() => undefined));
    const commands = Array.from({ length: 70 }, (_, n) => question(n, '/slow'));
    expect(outcomes(await batch(...commands))).toEqual(Array.from({ length: 64 }, () => 'request-ack'));
    expect(outcomes(await batch(...commands.slice(64)))).toEqual(['too-busy']);
  });

  it('that the session has not lived to see have no answer', async () => {
    let verdict: (yes: boolean) => void = () => undefined;
    const { play, ann, batch, ran } = await server({
      authorize: { publish: ({ data }) => data !== 2 || new Promise((resolve) => (verdict = resolve)) },
    });
    const said = batch(message(1), message(2), message(3));
    await play.turn();
    play.hub.leave(play.hub.session(ann.id) as never);
    verdict(true);
    expect(outcomes(await said)).toEqual(['publish-ack']);
    expect(ran).toEqual([1]);
  });
});

describe('a batch over a connection', () => {
  async function connected(name?: 'udp') {
    const made = await server();
    const bob = callers(made.play, name === undefined ? {} : { name }).call();
    for (const command of ['join', 'listen']) bob.says(command);
    await made.play.turn();
    bob.hears();
    return { ...made, bob };
  }

  it('has one answer, which holds those of its commands, and leaves in one write with what they bring', async () => {
    const { play, bob } = await connected();
    const before = bob.outlet.writes.length;
    bob.says('batch', { commands: [question(1), message(2, '/no'), question(3)] });
    await settled();
    await play.turn();
    const [answer, ...events] = bob.hears();
    expect(answer?.type).toBe('batch-ack');
    expect(outcomes(answer?.['answers'] as Heard[])).toEqual([
      'request-ack',
      'not-authorized',
      'request-ack',
    ]);
    expect(events.map(({ data }) => (data as { value: unknown }).value)).toEqual([2, 6]);
    expect(bob.outlet.writes.length - before).toBe(1);
  });

  it('keeps its turn among the commands of the connection', async () => {
    const { play, bob } = await connected();
    bob.says('batch', { commands: [message(1)] });
    expect(bob.says('heartbeat').map(({ type }) => type)).toEqual(['batch-ack', 'heartbeat-ack']);
    await play.turn();
  });

  it('is refused as a whole where messages hold one line, and where it is none', async () => {
    const [udp, plain] = [await connected('udp'), await connected()];
    expect(udp.bob.says('batch', { commands: [message(1)] })[0]).toMatchObject({ code: 'invalid-field' });
    expect(plain.bob.says('batch', { commands: [] })[0]).toMatchObject({
      type: 'refused',
      code: 'invalid-field',
    });
  });
});

const anyCommand = fc.record({
  kind: fc.constantFrom('/a', '/no', 'no slash', '/double', '/sold', '/nobody', 'again'),
  data: fc.integer({ min: 0, max: 99 }),
});

/** What comes of commands that travel in parts of given sizes, 1 for a command by itself. */
async function outcomeOf(
  kinds: readonly { kind: string; data: number }[],
  sizes: readonly number[],
): Promise<unknown> {
  const { batch, post, ran } = await server();
  const commands: ReturnType<typeof message>[] = [];
  for (const { kind, data } of kinds) {
    const asks = kind === '/double' || kind === '/sold' || kind === '/nobody';
    const made = (asks ? question : message)(data, kind, `id-${commands.length}`);
    commands.push((kind === 'again' ? commands[data % commands.length] : undefined) ?? made);
  }
  const said: unknown[] = [];
  for (let at = 0, part = 0; at < commands.length; part += 1) {
    const some = commands.slice(at, at + (sizes[part % sizes.length] ?? 1));
    said.push(...outcomes(some.length > 1 ? await batch(...some) : (await post(some[0] ?? {})).lines));
    at += some.length;
    // Handlers run in turns of their own.
    await settled();
  }
  return { said, ran: [...ran].sort() };
}

it('whatever travels together comes to the same as one by one', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(anyCommand, { minLength: 1, maxLength: 20 }), sizes, async (kinds, parts) => {
      expect(await outcomeOf(kinds, parts)).toEqual(await outcomeOf(kinds, [1]));
    }),
    { numRuns: 60 },
  );
});
