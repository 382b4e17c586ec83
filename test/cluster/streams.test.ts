import { type StreamOptions, talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes, type Stream } from './kit.ts';

const subject = '/answers/1';

const start = (all: Nodes, name: string, produce: Iterable<unknown>, options: StreamOptions = {}) =>
  talkOf(all.node(name).hub as never).stream(subject, produce, options);

const endless = () => ({
  async *[Symbol.asyncIterator]() {
    yield 'tea';
    await new Promise(() => undefined);
  },
});

interface Outcome {
  readonly messageId: string;
  readonly value?: { readonly parts: readonly { readonly value: unknown }[] };
  readonly error?: { readonly code: string };
}

/** A client that listens at a node, and asks there for a stream. */
class Reader {
  readonly client: Client;
  readonly #all: Nodes;
  readonly #wire: Stream;
  readonly #at: string;
  readonly #outcomes = new Map<string, Outcome>();
  #asked = 0;

  constructor(all: Nodes, at: string, client: Client, wire: Stream) {
    this.#all = all;
    this.#at = at;
    this.client = client;
    this.#wire = wire;
  }

  static async at(all: Nodes, name: string, pattern = subject): Promise<Reader> {
    const client = await all.client(name);
    return new Reader(all, name, client, await client.listens(name, { subject: pattern }));
  }

  /** Asks, and gives the id of the request. */
  async asks(data: object = { stream: 'read', after: 0 }): Promise<string> {
    this.#asked += 1;
    const messageId = `m${this.#asked}`;
    const { id, key } = this.client;
    const command = { type: 'request', format: 'ndjson', session: id, key, subject, messageId, data };
    const headers = { 'content-type': 'application/json' };
    const answer = await this.#all.node(this.#at).send({ body: JSON.stringify(command), headers });
    if (answer.status !== 200)
      this.#outcomes.set(messageId, { messageId, error: { code: JSON.parse(answer.body).code } });
    return messageId;
  }

  /** What came of a request so far: values, or a code. */
  async outcome(messageId: string): Promise<unknown> {
    for (const { name, data } of await this.#wire.lines())
      if (name === 'request-answer')
        this.#outcomes.set((data as unknown as Outcome).messageId, data as unknown as Outcome);
    const { value, error } = this.#outcomes.get(messageId) ?? {};
    return error?.code ?? value?.parts.map((part) => part.value) ?? value;
  }

  /** Waits for it: marks of subjects are made on threads. */
  async said(messageId: string): Promise<unknown> {
    for (const end = Date.now() + 5000; Date.now() < end; ) {
      const outcome = await this.outcome(messageId);
      if (outcome !== undefined) return outcome;
    }
    throw new Error('nothing is said');
  }
}

/** Waits for what is done on threads. */
async function until(all: Nodes, done: () => boolean): Promise<void> {
  let is = false;
  for (const end = Date.now() + 5000; !is && Date.now() < end; is = done()) await all.calm();
  expect(is).toBe(true);
}

/** The record of the stream, once it is there. */
async function noted(all: Nodes, holds: (text: string) => boolean = () => true) {
  const find = () => [...all.engine.records.values()].find(({ text }) => text.startsWith('[') && holds(text));
  await until(all, () => find() !== undefined);
  return find() as { text: string; ttlMs: number };
}

describe('a stream of another node', () => {
  it.each(['a', 'b', 'c'])('is read at node %s by who comes late', async (name) => {
    const all = await nodes();
    const stream = start(all, 'a', ['tea', 'is', 'ready']);
    await stream.ended;
    const late = await Reader.at(all, name);
    expect(await late.said(await late.asks())).toEqual(['tea', 'is', 'ready', undefined]);
    expect(await late.said(await late.asks({ stream: 'read', id: stream.id, after: 2 }))).toEqual([
      'ready',
      undefined,
    ]);
    expect(await late.said(await late.asks({ stream: 'read', id: 'earlier', after: 2 }))).toBe('no-stream');
    expect(all.errors).toEqual([]);
  });

  it('is read though letters are lost', async () => {
    const all = await nodes();
    await start(all, 'a', ['tea']).ended;
    const late = await Reader.at(all, 'b');
    let lost = 3;
    all.engine.faults.letter = () => lost-- > 0;
    const asked = await late.asks();
    await until(all, () => lost < 3);
    await all.pass(1000);
    expect(await late.said(asked)).toEqual(['tea', undefined]);
  });

  it('is told as gone after 5 s without a word of its node', async () => {
    const all = await nodes();
    start(all, 'a', endless() as never);
    await noted(all);
    const late = await Reader.at(all, 'b');
    all.engine.faults.letter = () => true;
    const letters = () => all.engine.letters.filter(([to]) => to === 'a').length;
    const asked = await late.asks();
    await until(all, () => letters() > 0);
    await all.pass(4800);
    expect(await late.outcome(asked)).toBeUndefined();
    await all.pass(400);
    expect(await late.said(asked)).toBe('no-handler');
    expect(letters()).toBe(20);
  });

  it('is asked once for the page that many want', async () => {
    const all = await nodes();
    await start(all, 'a', ['tea']).ended;
    const readers = await Promise.all(['b', 'b', 'b'].map((name) => Reader.at(all, name)));
    all.engine.faults.letter = () => true;
    const letters = () => new Set(all.engine.letters.map(([, text]) => text)).size;
    const asked = await Promise.all(readers.map((reader) => reader.asks()));
    await until(all, () => letters() > 0);
    await all.pass(300);
    expect(letters()).toBe(1);
    all.engine.faults.letter = () => false;
    await all.pass(300);
    for (const [n, reader] of readers.entries())
      expect(await reader.said(asked[n] ?? '')).toEqual(['tea', undefined]);
  });

  it('is asked in a short letter, however long the question is', async () => {
    const all = await nodes();
    const stream = start(all, 'a', endless() as never, { cancel: true });
    await noted(all);
    const far = await Reader.at(all, 'b');
    const long = 'x'.repeat(10_000);
    for (const more of [{ id: long }, { id: { toString: long } }, { id: `${stream.id}${long}` }])
      expect(await far.said(await far.asks({ stream: 'cancel', ...more, after: long, more: long }))).toBe(
        'no-stream',
      );
    expect(await far.said(await far.asks({ stream: 'read', after: long }))).toBe('invalid-request');
    expect(await far.said(await far.asks({ stream: 'cancel', id: stream.id, more: long }))).toBe(null);
    expect(Math.max(...all.engine.letters.map(([, text]) => text.length))).toBeLessThan(500);
  });

  it('is told to subscribers only, and who is none costs the engine nothing more', async () => {
    const all = await nodes();
    await start(all, 'a', ['tea']).ended;
    const other = await Reader.at(all, 'b', '/other');
    all.engine.calls();
    expect(await other.said(await other.asks())).toBe('no-handler');
    expect(all.engine.calls()).not.toContain('load');
  });

  it('is ended by who may, as the function that says so is told: once, though the letter comes again', async () => {
    const all = await nodes();
    const readers: unknown[] = [];
    let allow: (allowed: boolean) => void = () => undefined;
    const cancel: StreamOptions['cancel'] = (reader) => {
      readers.push(reader);
      return new Promise((resolve) => {
        allow = resolve;
      });
    };
    const stream = start(all, 'a', endless() as never, { cancel });
    await noted(all);
    const far = await Reader.at(all, 'b');
    const asked = await far.asks({ stream: 'cancel' });
    await until(all, () => readers.length > 0);
    await all.pass(1000);
    allow(true);
    expect(await stream.ended).toBe('cancelled');
    expect(await far.said(asked)).toBe(null);
    expect(readers).toEqual([{ id: far.client.id }]);
  });

  it('is ended by a letter that comes again, and no later one of the subject is', async () => {
    const all = await nodes();
    const first = start(all, 'a', endless() as never, { cancel: true });
    await noted(all);
    const far = await Reader.at(all, 'b');
    let whole = false;
    all.engine.faults.letter = () => !whole && all.engine.letters.at(-1)?.[1].includes('said') === true;
    const asked = await far.asks({ stream: 'cancel' });
    await until(all, () => all.engine.letters.length === 2);
    expect(await first.ended).toBe('cancelled');
    const later = start(all, 'a', endless() as never, { cancel: true }) as unknown as { running: boolean };
    whole = true;
    await all.pass(1000);
    expect([await far.said(asked), later.running]).toEqual([null, true]);
  });

  it('is waited for while the function that says who may end it thinks, 30 s at most', async () => {
    const all = await nodes();
    let [asked, allow] = [0, (_allowed: boolean): void => undefined];
    const cancel: StreamOptions['cancel'] = () => {
      asked += 1;
      return new Promise((resolve) => {
        allow = resolve;
      });
    };
    const stream = start(all, 'a', endless() as never, { cancel });
    await noted(all);
    const far = await Reader.at(all, 'b');
    const [slow, late] = [await far.asks({ stream: 'cancel' }), await far.asks({ stream: 'cancel' })];
    await until(all, () => asked === 2);
    await all.pass(12_000);
    expect(await far.outcome(slow)).toBeUndefined();
    allow(false);
    expect(await far.said(late)).toBe('not-authorized');
    await all.pass(20_000);
    expect(await far.said(slow)).toBe('timeout');
    const letters = all.engine.letters.length;
    await all.pass(2000);
    expect([all.engine.letters.length, stream.id.length > 0]).toEqual([letters, true]);
  });

  it('that fails to say who may end it has its error reported where it runs', async () => {
    const all = await nodes();
    const cancel = () => {
      throw new Error('no database');
    };
    start(all, 'a', endless() as never, { cancel });
    await noted(all);
    const far = await Reader.at(all, 'b');
    expect(await far.said(await far.asks({ stream: 'cancel' }))).toBe('failed');
    expect(all.errors.map(String)).toEqual(['Error: no database']);
  });
});

describe('the record of a stream', () => {
  it('is renewed each minute while it runs, and kept for its time after the end', async () => {
    const all = await nodes();
    const stream = start(all, 'a', endless() as never, { keepMs: 100_000 });
    const record = await noted(all);
    expect(record.ttlMs).toBe(180_000);
    all.engine.calls();
    await all.pass(59_000);
    expect(all.engine.calls()).not.toContain('touch');
    await all.pass(2000);
    await until(all, () => all.engine.calls().includes('touch'));
    stream.cancel();
    await until(all, () => record.ttlMs === 100_000);
    all.engine.calls();
    await all.pass(120_000);
    expect(all.engine.calls()).not.toContain('touch');
  });

  it('is of the later stream of its subject', async () => {
    const all = await nodes();
    start(all, 'a', endless() as never);
    await noted(all);
    const later = start(all, 'c', ['coffee'], { keepMs: 1e6 });
    await noted(all, (text) => text.includes(later.id));
    await all.pass(61_000);
    const late = await Reader.at(all, 'b');
    expect(await late.said(await late.asks())).toEqual(['coffee', undefined]);
  });

  it('is of the later stream also where it was written or gone while that began', async () => {
    for (const [n, change] of (['written', 'gone'] as const).entries()) {
      const all = await nodes();
      start(all, 'a', endless() as never);
      const record = (await noted(all)) as { text: string; ttlMs: number; revision?: number };
      let left = 1;
      all.engine.faults.loaded = async (id) => {
        if (left-- !== 1) return;
        if (change === 'gone') all.engine.records.delete(id);
        else record.revision = 1000 + n;
      };
      const later = start(all, 'c', ['coffee']);
      await later.ended;
      const late = await Reader.at(all, 'b');
      expect(await late.said(await late.asks())).toEqual(['coffee', undefined]);
    }
  });

  it('leads from one that has ended to the later one, and to that itself by its id', async () => {
    const all = await nodes();
    const earlier = start(all, 'a', ['tea']);
    await earlier.ended;
    const reader = await Reader.at(all, 'a');
    expect(await reader.said(await reader.asks())).toEqual(['tea', undefined]);
    await start(all, 'c', ['coffee']).ended;
    expect(await reader.said(await reader.asks())).toEqual(['coffee', undefined]);
    expect(await reader.said(await reader.asks({ stream: 'read', id: earlier.id, after: 0 }))).toEqual([
      'tea',
      undefined,
    ]);
  });

  it('is written again where the engine was away, and the stream does not wait for it', async () => {
    const all = await nodes();
    all.engine.faults.store = () => true;
    const stream = start(all, 'a', ['tea'], { keepMs: 60_000 });
    expect(await stream.ended).toBe('done');
    all.engine.faults.store = () => false;
    await all.pass(5100);
    const record = await noted(all);
    expect([record.ttlMs, all.errors]).toEqual([60_000, []]);
    const late = await Reader.at(all, 'b');
    all.engine.faults.store = (what) => what === 'load';
    expect(await late.said(await late.asks())).toBe('too-busy');
  });

  it('is not read for a text that no node has written', async () => {
    const all = await nodes();
    await start(all, 'a', ['tea']).ended;
    const record = await noted(all);
    const late = await Reader.at(all, 'b');
    for (const text of ['no json', '[]', '{}', '[7]']) {
      record.text = text;
      expect(await late.said(await late.asks())).toBe('no-handler');
    }
  });
});
