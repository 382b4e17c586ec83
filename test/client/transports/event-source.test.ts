import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../packages/client/src/errors.ts';
import type { WireEvent } from '../../../packages/client/src/machine/wire.ts';
import { type EventSourceLike, eventSource } from '../../../packages/client/src/transports/event-source.ts';
import type { Endpoint } from '../../../packages/client/src/transports/transport.ts';

class FakeSource implements EventSourceLike {
  static last: FakeSource;
  readonly url: string;
  readonly options: { withCredentials?: boolean } | undefined;
  closed = false;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();

  constructor(url: string, options?: { withCredentials?: boolean }) {
    this.url = url;
    this.options = options;
    FakeSource.last = this;
  }

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  fire(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

function open(credentials: RequestCredentials = 'same-origin') {
  const events: WireEvent[] = [];
  const ends: (Failure | undefined)[] = [];
  const endpoint = { url: 'http://app.example/push?x=1', credentials, maxEventChars: 1_048_576 } as Endpoint;
  const sink = {
    data: (some: readonly WireEvent[]) => void events.push(...some),
    end: (one?: Failure) => void ends.push(one),
  };
  const fields = { type: 'listen', mode: 'stream', session: 'me', key: 'secret', ack: undefined };
  const stop = eventSource(FakeSource).open(endpoint, fields, sink);
  return { events, ends, stop, source: FakeSource.last };
}

describe('an EventSource', () => {
  it('is opened with everything in its address, and the key where no cookie can prove who asks', () => {
    const { searchParams } = new URL(open().source.url);
    expect(Object.fromEntries(searchParams)).toEqual({
      x: '1',
      format: 'sse',
      events: 'envelope',
      type: 'listen',
      mode: 'stream',
      session: 'me',
      key: 'secret',
    });
  });

  it('takes cookies along to another origin only where the application wants it', () => {
    expect(open().source.options).toEqual({ withCredentials: false });
    expect(open('include').source.options).toEqual({ withCredentials: true });
  });

  it('hears every message', () => {
    const { source, events } = open();
    source.fire('message', '{"type":"it","a":1}');
    expect(events).toEqual([{ event: 'it', fields: new Map([['a', 1]]) }]);
  });

  it('never connects again by itself', () => {
    const { source, ends } = open();
    source.fire('error');
    expect([source.closed, ends]).toEqual([true, [{ code: 'unreachable' }]]);
  });

  it.each([
    ['<html>', 'malformed'],
    [7, 'malformed'],
    [`{"type":"x","a":"${'a'.repeat(1_048_576)}"}`, 'too-large'],
  ])('gives up at nonsense', (data, code) => {
    const { source, ends, events } = open();
    source.fire('message', data);
    expect([source.closed, ends[0]?.code, events]).toEqual([true, code, []]);
  });

  it('takes an event that is too long for a gap at its place', () => {
    const { source, ends, events } = open();
    const head = '{"type":"data","subject":"/a","cursor":"e-5-t","time":1';
    source.fire('message', `${head},"data":"${'a'.repeat(1_048_576)}"}`);
    expect(events.map(({ event, fields }) => [event, fields.get('from'), fields.get('cursor')])).toEqual([
      ['gap', 5, 'e-5-t'],
    ]);
    expect(ends).toEqual([]);
  });

  it('is closed when it is stopped', () => {
    const { source, stop } = open();
    stop();
    expect(source.closed).toBe(true);
  });

  it('is unsupported where there is none', () => {
    const ends: (Failure | undefined)[] = [];
    eventSource().open(
      {} as Endpoint,
      {},
      { data: () => undefined, end: (failure) => void ends.push(failure) },
    )();
    expect(ends).toEqual([{ code: 'unsupported' }]);
  });
});
