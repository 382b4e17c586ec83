import { type Asked, type HandlerOptions, RequestError, type Talk, talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Answer, type Client, type Fields, type Stage, stage } from '../kit.ts';

interface Scene {
  readonly play: Stage;
  readonly talk: Talk;
  readonly ann: Client;
  readonly stream: Answer;
}

/** A client that listens to its session. */
async function scene(options: HandlerOptions = { authorize: { publish: true } }): Promise<Scene> {
  const play = stage(options);
  const ann = await play.join('ndjson');
  const stream = await ann.does('listen', { mode: 'stream', subject: '/chat' });
  return { play, talk: talkOf(play.hub), ann, stream };
}

/** The answers on a stream, as a client reads them. */
async function answersOn({ play, stream }: Scene): Promise<unknown[]> {
  await play.turn();
  const lines = stream.outlet.text.split('\n').filter((line) => line.includes('"request-answer"'));
  return lines.map((line) => JSON.parse(line).data);
}

const asks = (scene: Scene, subject: string, messageId = 'm1', more: Fields = {}): Promise<Answer> =>
  scene.ann.does('request', { subject, messageId, data: 'what', ...more });

describe('what clients publish', () => {
  it('is heard with the named segments, once, after it was published', async () => {
    const { talk, ann, play } = await scene();
    const heard: unknown[] = [];
    const stop = talk.on('/chat/:room', ({ subject, params, data, session, event }) =>
      heard.push([subject, params.room, data, session.id === ann.id, event.from === ann.id]),
    );
    const message = { subject: '/chat/tea', data: 'hello', messageId: 'm1' };
    await ann.does('publish', message);
    await ann.does('publish', message);
    await ann.does('publish', { subject: '/chat/tea/deep', data: 'no' });
    await ann.does('publish', { subject: '/chat', data: 'no' });
    play.hub.publish('/chat/tea', 'by the server');
    stop();
    await ann.does('publish', { subject: '/chat/tea', data: 'later' });
    expect(heard).toEqual([['/chat/tea', 'tea', 'hello', true, true]]);
  });

  it('is not heard when the hook refuses it', async () => {
    const { talk, ann } = await scene({ authorize: { publish: false } });
    const heard: unknown[] = [];
    talk.on('/chat/:room', (message) => heard.push(message));
    await ann.does('publish', { subject: '/chat/tea', data: 'hello' });
    expect(heard).toEqual([]);
  });

  it('can be answered to all, but for the one who said it', async () => {
    const { talk, ann, play, stream } = await scene();
    const bob = await play.join('ndjson');
    const his = await bob.does('listen', { mode: 'stream', subject: '/chat' });
    talk.on('/chat/:room', ({ params, session, publish }) =>
      publish(`/chat/${params.room}/typing`, 'somebody types', { except: session }),
    );
    await ann.does('publish', { subject: '/chat/tea', data: 'hello' });
    await play.turn();
    expect(stream.outlet.text).not.toContain('somebody types');
    expect(his.outlet.text).toContain('somebody types');
  });

  it('is published also when a listener throws, which is reported', async () => {
    const { talk, ann, play } = await scene();
    talk.on('/chat/:room', () => {
      throw new Error('at once');
    });
    talk.on('/chat/:room', () => Promise.reject(new Error('later')));
    const answer = await ann.does('publish', { subject: '/chat/tea', data: 'hello' });
    await play.turn();
    expect(answer.status).toBe(200);
    expect(play.errors.map(String)).toEqual(['Error: at once', 'Error: later']);
  });
});

describe('a request', () => {
  it('is answered to its session alone, with what the handler returns or resolves with', async () => {
    const all = await scene();
    const { talk, play } = all;
    talk.handle('/orders/:id', ({ params, data, session }) => ({ id: params.id, data, by: session.id }));
    talk.handle('/slow', async () => undefined);
    const bob = await play.join('ndjson');
    const his = await bob.does('listen', { mode: 'stream', subject: '/orders' });
    expect((await asks(all, '/orders/7')).body).toContain('request-ack');
    await asks(all, '/slow', 'm2');
    expect(await answersOn(all)).toEqual([
      { messageId: 'm1', value: { id: '7', data: 'what', by: all.ann.id } },
      { messageId: 'm2', value: null },
    ]);
    expect(his.outlet.text).not.toContain('request-answer');
  });

  it('is carried out once, however often it comes: while it runs, and after it was answered', async () => {
    const all = await scene();
    const running: (() => void)[] = [];
    all.talk.handle('/pay', () => new Promise<void>((resolve) => running.push(resolve)));
    for (let n = 0; n < 3; n += 1) expect((await asks(all, '/pay')).status).toBe(200);
    await all.play.turn();
    expect(running).toHaveLength(1);
    running[0]?.();
    await all.play.turn();
    expect((await asks(all, '/pay')).body).toContain('request-ack');
    await asks(all, '/pay', 'another');
    await all.play.turn();
    expect(running).toHaveLength(2);
    expect(await answersOn(all)).toEqual([{ messageId: 'm1', value: null }]);
  });

  it('is answered behind a cut: the answer waits for the next channel', async () => {
    const all = await scene();
    const { talk, ann, stream, play } = all;
    let finish: (value: string) => void = () => undefined;
    talk.handle('/slow', () => new Promise<string>((resolve) => (finish = resolve)));
    await asks(all, '/slow');
    await play.turn();
    stream.outlet.destroy();
    finish('at last');
    await play.turn();
    const again = await ann.does('listen', { mode: 'stream' });
    expect(await answersOn({ ...all, stream: again })).toEqual([{ messageId: 'm1', value: 'at last' }]);
  });

  it('says what a RequestError says, and of any other error nothing but that it failed', async () => {
    const all = await scene();
    all.talk.handle('/sold', () => {
      throw new RequestError('sold-out', 'no tickets are left');
    });
    all.talk.handle('/broken', () => Promise.reject(new Error('password of the database')));
    all.talk.handle('/map', () => new Map([[1, 2]]));
    await asks(all, '/sold', 'm1');
    await asks(all, '/broken', 'm2');
    await asks(all, '/map', 'm3');
    const failed = { code: 'failed', reason: 'the server failed; its log says why' };
    expect(await answersOn(all)).toEqual([
      { messageId: 'm1', error: { code: 'sold-out', reason: 'no tickets are left' } },
      { messageId: 'm2', error: failed },
      { messageId: 'm3', error: failed },
    ]);
    expect(all.play.errors.map(String)).toEqual([
      'Error: password of the database',
      expect.stringContaining('holds a Map'),
    ]);
  });

  it('is refused where nothing answers it, or a field is missing', async () => {
    const all = await scene();
    all.talk.handle('/orders/:id', () => 1);
    const answer = await asks(all, '/order/7');
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('no-handler')]);
    for (const [fields, code] of [
      [{ subject: '/orders/7', data: 1 }, 'missing-field'],
      [{ messageId: 'm1', data: 1 }, 'missing-field'],
      [{ subject: '/orders/7', messageId: 'm1' }, 'missing-field'],
      [{ subject: 'orders', messageId: 'm1', data: 1 }, 'invalid-subject'],
    ] as const)
      expect((await all.ann.does('request', fields as unknown as Fields)).body).toContain(code);
  });

  it('learns from its signal that its session has ended, and then answers nobody', async () => {
    const all = await scene();
    let asked: Asked | undefined;
    all.talk.handle('/slow', (given) => {
      asked = given;
      return new Promise((resolve) => given.signal.addEventListener('abort', resolve));
    });
    await asks(all, '/slow');
    await all.play.turn();
    expect(asked?.signal.aborted).toBe(false);
    await all.ann.does('leave');
    await all.play.turn();
    expect(asked?.signal.aborted).toBe(true);
    expect(all.play.errors).toEqual([]);
  });

  it('whose handler hangs is answered when its time is over, which frees its place; a late answer is dropped', async () => {
    const all = await scene();
    const { play, talk } = all;
    const signals: AbortSignal[] = [];
    let finish: (value: string) => void = () => undefined;
    const slow = ({ signal }: Asked): Promise<string> => {
      signals.push(signal);
      return new Promise((resolve) => (finish = resolve));
    };
    talk.handle('/slow', slow, { timeoutMs: 5000 });
    await asks(all, '/slow');
    await play.turn();
    await play.advance(4900);
    expect(await answersOn(all)).toEqual([]);
    await play.advance(200);
    const told = [{ messageId: 'm1', error: { code: 'timeout', reason: 'the server took too long' } }];
    expect(await answersOn(all)).toEqual(told);
    expect([signals.map(({ aborted }) => aborted), play.errors.map(String)]).toEqual([
      [true],
      ['Error: no answer within 5000 ms'],
    ]);
    finish('late');
    expect((await asks(all, '/slow')).body).toContain('request-ack');
    expect(await answersOn(all)).toEqual(told);
  });

  it('does not report a handler that gives up as its signal says', async () => {
    const all = await scene();
    all.talk.handle('/slow', ({ signal }) => {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await asks(all, '/slow');
    await all.play.turn();
    await all.ann.does('leave');
    await all.play.turn();
    expect(all.play.errors).toEqual([]);
  });

  it('tells nothing of an error that another library calls RequestError, too', async () => {
    const all = await scene();
    all.talk.handle('/query', () => {
      const error = new Error("Login failed for user 'sa'");
      throw Object.assign(error, { name: 'RequestError', code: 'ELOGIN' });
    });
    await asks(all, '/query');
    expect(await answersOn(all)).toEqual([
      { messageId: 'm1', error: { code: 'failed', reason: 'the server failed; its log says why' } },
    ]);
  });

  it('is answered when its answer is too large, and when its reason is', async () => {
    const all = await scene();
    const long = '\u{1f642}'.repeat(2_000_000);
    all.talk.handle('/large', () => long);
    all.talk.handle('/wordy', () => Promise.reject(new RequestError('wordy', `.${long}`)));
    await asks(all, '/large', 'm1');
    await asks(all, '/wordy', 'm2');
    const reason = `.${'\u{1f642}'.repeat(127)}`;
    expect(await answersOn(all)).toEqual([
      { messageId: 'm1', error: expect.objectContaining({ code: 'failed' }) },
      { messageId: 'm2', error: { code: 'wordy', reason } },
    ]);
  });

  it('cannot be made in the dialect of the original, where a link could ask for it', async () => {
    const { play, talk } = await scene();
    let runs = 0;
    talk.handle('/pay', () => (runs += 1));
    const old = await play.join('xml');
    const answer = await old.does('request', { subject: '/pay', messageId: 'm1', data: 'what' });
    await play.turn();
    expect([answer.body.includes('names no command'), runs]).toEqual([true, 0]);
  });

  it('has no more than 64 beside it of the same session', async () => {
    const all = await scene();
    all.talk.handle('/slow', () => new Promise(() => undefined));
    for (let n = 0; n < 64; n += 1) await asks(all, '/slow', `m${n}`);
    expect((await asks(all, '/slow', 'one more')).body).toContain('too-busy');
  });
});

describe('a request that a proxy sends twice, around the end of its session', () => {
  async function departed(waitMs = 0) {
    const all = await scene();
    const runs: unknown[] = [];
    all.talk.handle('/pay', ({ data }) => runs.push(data));
    await asks(all, '/pay');
    await all.ann.does('leave');
    all.play.runtime.advance(waitMs);
    await all.play.turn();
    return { ...all, runs };
  }

  it('is acknowledged, and not carried out again', async () => {
    const all = await departed(119_000);
    const again = await asks(all, '/pay');
    await all.play.turn();
    expect([again.body.includes('request-ack'), all.runs]).toEqual([true, ['what']]);
  });

  it.each([
    ['another request', 'm2', 0],
    ['two minutes old', 'm1', 120_000],
  ])('is refused if it is %s', async (_what, messageId, waitMs) => {
    const all = await departed(waitMs);
    const again = await asks(all, '/pay', messageId);
    await all.play.turn();
    expect([again.status, all.runs]).toEqual([410, ['what']]);
  });

  it('is refused if it is a message with the id of a request', async () => {
    const all = await departed();
    const again = await all.ann.does('publish', { subject: '/pay', messageId: 'm1', data: 'what' });
    expect(again.status).toBe(410);
  });
});

describe('a template', () => {
  it.each(['orders', '/orders/*', '/a//b', '/a/', '/:id/:id', '/:1', '/:', '/a,/b', 7, '/:__proto__'])(
    'cannot be %j',
    async (template) => {
      const { talk } = await scene();
      expect(() => talk.on(template as string, () => undefined)).toThrow(TypeError);
      expect(() => talk.handle(template as string, () => undefined)).toThrow(TypeError);
    },
  );

  it('has one handler, until that is taken away', async () => {
    const { talk } = await scene();
    const stop = talk.handle('/a', () => 1);
    expect(() => talk.handle('/a', () => 2)).toThrow('have a handler');
    stop();
    expect(() => talk.handle('/a', () => 2)).not.toThrow();
    talk.handle('/a/:id', () => 3);
    expect(() => talk.handle('/a/:name', () => 4)).toThrow('have a handler');
    expect(() => talk.handle('/a/new', () => 5)).not.toThrow();
  });

  it('is given with a function, and with options that exist', async () => {
    const { talk } = await scene();
    for (const wrong of [undefined, null, 7, {}]) {
      expect(() => talk.on('/a', wrong as never)).toThrow(TypeError);
      expect(() => talk.handle('/a', wrong as never)).toThrow(TypeError);
      expect(() => talk.source('/a', wrong as never)).toThrow(TypeError);
    }
    for (const wrong of [null, 7, { timeout: 5 }, { timeoutMs: '5' }])
      expect(() => talk.handle('/a', () => 1, wrong as never)).toThrow(TypeError);
    expect(() => talk.handle('/a', () => 1, { timeoutMs: 0 })).toThrow(RangeError);
    expect(() => talk.handle('/a', () => 1)).not.toThrow();
  });
});

it.each([null, 7, '', 'Sold out', 'x'.repeat(65)])('a RequestError cannot have the code %j', (code) => {
  expect(() => new RequestError(code as never, 'why')).toThrow(TypeError);
});
