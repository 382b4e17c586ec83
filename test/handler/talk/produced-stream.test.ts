import { type HandlerOptions, RequestError, type StreamOptions, type Talk, talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Answer, type Client, type Stage, stage } from '../kit.ts';

interface Scene {
  readonly play: Stage;
  readonly talk: Talk;
  readonly ann: Client;
  readonly wire: Answer;
}

async function scene(options: HandlerOptions = {}): Promise<Scene> {
  const play = stage(options);
  const ann = await play.join('ndjson');
  const wire = await ann.does('listen', { mode: 'stream', subject: '/answers' });
  return { play, talk: talkOf(play.hub), ann, wire };
}

/** What came on the wire of a subject, or as answers to requests. */
async function dataOn({ play, wire }: Scene, name?: string): Promise<Record<string, unknown>[]> {
  await play.turn();
  return wire.outlet.text
    .split('\n')
    .filter((line) => line.includes('"data":'))
    .map((line) => JSON.parse(line))
    .filter((event) => event.name === name)
    .map(({ data }) => data);
}

let asked = 0;
async function asks(given: Scene, data: unknown, by = given.ann): Promise<unknown> {
  asked += 1;
  const messageId = `q${asked}`;
  await by.does('request', { subject: '/answers/1', messageId, data: data as never });
  await given.play.turn();
  const answer = (await dataOn(given, 'request-answer')).find((found) => found['messageId'] === messageId);
  return answer?.['value'] ?? (answer?.['error'] as { code: string } | undefined)?.code;
}

const words = async function* (...texts: string[]): AsyncGenerator<string> {
  yield* texts;
};

describe('a stream', () => {
  it('sends what its producer yields, numbered, to its end', async () => {
    const given = await scene();
    const stream = given.talk.stream('/answers/1', words('tea', 'is', 'ready'));
    expect(await dataOn(given)).toEqual([
      { stream: stream.id, n: 1, value: 'tea' },
      { stream: stream.id, n: 2, value: 'is' },
      { stream: stream.id, n: 3, value: 'ready' },
      { stream: stream.id, n: 4, end: 'done' },
    ]);
    expect(await stream.ended).toBe('done');
  });

  it('is read from any number, by those who come late, and is kept for its time', async () => {
    const given = await scene();
    const { id, ended } = given.talk.stream('/answers/1', words('a', 'b'), { keepMs: 1000 });
    await ended;
    expect(await asks(given, { stream: 'read', after: 0 })).toEqual({
      parts: [
        { stream: id, n: 1, value: 'a' },
        { stream: id, n: 2, value: 'b' },
        { stream: id, n: 3, end: 'done' },
      ],
      more: false,
    });
    expect(await asks(given, { stream: 'read', id, after: 2 })).toEqual({
      parts: [{ stream: id, n: 3, end: 'done' }],
      more: false,
    });
    expect(await asks(given, { stream: 'read', id: 'another', after: 0 })).toBe('no-stream');
    await given.play.advance(1001);
    const later = await given.ann.does('request', { subject: '/answers/1', messageId: 'late', data: 'x' });
    expect(later.body).toContain('no-handler');
  });

  it('is read in pieces that an event can carry', async () => {
    const given = await scene();
    const long = 'x'.repeat(20_000);
    await given.talk.stream('/answers/1', words(long, long, long)).ended;
    const first = (await asks(given, { stream: 'read', after: 0 })) as { parts: unknown[]; more: boolean };
    expect([first.parts.length, first.more]).toEqual([1, true]);
    const last = (await asks(given, { stream: 'read', after: 2 })) as { parts: unknown[]; more: boolean };
    expect([last.parts.length, last.more]).toEqual([2, false]);
  });

  it('that is longer than what is kept says so to who needs what is gone', async () => {
    const given = await scene();
    const { ended } = given.talk.stream('/answers/1', words('a', 'b', 'c', 'd'), { maxKept: 120 });
    await ended;
    expect(await asks(given, { stream: 'read', after: 0 })).toBe('trimmed');
    expect(await asks(given, { stream: 'read', after: 3 })).toMatchObject({ more: false });
  });

  it('is read by those only who may subscribe, and have', async () => {
    const given = await scene({ authorize: { subscribe: ({ pattern }) => pattern === '/answers' } });
    await given.talk.stream('/answers/1', words('secret')).ended;
    const bob = await given.play.join('ndjson');
    const his = await bob.does('listen', { mode: 'stream' });
    await bob.does('request', {
      subject: '/answers/1',
      messageId: 'b',
      data: { stream: 'read', after: 0 } as never,
    });
    await given.play.turn();
    expect(his.outlet.text).toContain('not-subscribed');
    expect(his.outlet.text).not.toContain('secret');
  });

  it.each([
    ['as a word', new RequestError('no-model', 'try later'), { code: 'no-model', reason: 'try later' }, 0],
    ['without a word', new Error('a secret'), {}, 1],
  ])('that fails ends %s', async (_how, error, told, reports) => {
    const reported: unknown[] = [];
    const given = await scene({ onError: (...report: unknown[]) => reported.push(report) });
    const stream = given.talk.stream('/answers/1', async function* () {
      yield 'a';
      throw error;
    });
    expect((await dataOn(given)).at(-1)).toEqual({ stream: stream.id, n: 2, end: 'failed', ...told });
    expect(reported.length).toBe(reports);
  });

  it('fails when JSON cannot carry a value, or one is too large', async () => {
    for (const value of [new Map([[1, 2]]), 'x'.repeat(70_000)]) {
      const given = await scene({ onError: () => undefined });
      const stream = given.talk.stream('/answers/1', [1, value]);
      expect(await stream.ended).toBe('failed');
      expect((await dataOn(given)).at(-1)).toEqual({ stream: stream.id, n: 2, end: 'failed' });
    }
  });

  it('that is cancelled stops its producer, and its readers are told once', async () => {
    const given = await scene();
    let released = false;
    const stream = given.talk.stream('/answers/1', async function* ({ signal }) {
      try {
        yield 'a';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield 'too late';
      } finally {
        released = true;
      }
    });
    await given.play.turn();
    stream.cancel();
    stream.cancel();
    expect(await stream.ended).toBe('cancelled');
    expect((await dataOn(given)).slice(1)).toEqual([{ stream: stream.id, n: 2, end: 'cancelled' }]);
    expect(released).toBe(true);
  });

  it.each<[string, StreamOptions['cancel'], unknown]>([
    ['nobody by default', undefined, 'not-authorized'],
    ['all who read it', true, undefined],
    ['those whom a function lets', async (reader) => reader.principal === undefined, undefined],
    ['not those whom it does not let', () => false, 'not-authorized'],
  ])('is cancelled by %s', async (_who, cancel, refusal) => {
    const given = await scene();
    const stream = given.talk.stream('/answers/1', () => new ReadableStream(), { cancel });
    await given.play.turn();
    expect((await asks(given, { stream: 'cancel' })) ?? undefined).toBe(refusal);
    expect(stream.cancel()).toBe(undefined);
    expect(await stream.ended).toBe('cancelled');
  });

  it('ends with its hub', async () => {
    const { play, talk } = await scene();
    const stream = talk.stream('/answers/1', () => new ReadableStream());
    play.hub.close();
    expect(await stream.ended).toBe('cancelled');
  });

  it('runs once at a time for a subject, and a later one takes its place', async () => {
    const given = await scene();
    const first = given.talk.stream('/answers/1', () => new ReadableStream());
    expect(() => given.talk.stream('/answers/1', words('a'))).toThrow('still runs');
    first.cancel();
    await given.play.advance(200_000);
    const second = given.talk.stream('/answers/1', words('a'));
    await second.ended;
    await given.play.advance(150_000);
    expect(await asks(given, { stream: 'read', id: first.id, after: 0 })).toBe('no-stream');
    expect(await asks(given, { stream: 'read', id: second.id, after: 1 })).toMatchObject({ more: false });
  });

  it('lets others have their turn when its producer never waits', async () => {
    const given = await scene();
    let produced = 0;
    const stream = given.talk.stream('/answers/1', function* () {
      for (; produced < 1000; produced += 1) yield produced;
    });
    await Promise.resolve();
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    expect(produced).toBeLessThan(200);
    stream.cancel();
  });

  it.each([
    ['read', 'a word'],
    ['read', { stream: 'read', after: -1 }],
    ['read', { stream: 'read', after: 'x' }],
    ['read', null],
    ['dance', { stream: 'dance' }],
  ])('refuses other requests: %s %j', async (_what, data) => {
    const given = await scene();
    await given.talk.stream('/answers/1', words('a')).ended;
    expect(await asks(given, data)).toBe('invalid-request');
  });

  it.each([
    ['/answers/*', {}, 'invalid-subject'],
    [7, {}, 'invalid-subject'],
    ['/a', { keep: 5 }, 'keep'],
    ['/a', { keepMs: 0 }, 'keepMs'],
    ['/a', { cancel: 'yes' }, 'cancel'],
    ['/a', null, 'options'],
  ])('cannot begin at %j with %j', async (subject, options, told) => {
    const { talk } = await scene();
    expect(() => talk.stream(subject as string, words('a'), options as never)).toThrow(told as string);
  });
});
