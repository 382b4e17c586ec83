import { JSDOM } from 'jsdom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../packages/client/src/errors.ts';
import type { WireEvent } from '../../../packages/client/src/machine/wire.ts';
import { iframe } from '../../../packages/client/src/transports/iframe.ts';
import type { Endpoint } from '../../../packages/client/src/transports/transport.ts';

type Push = (...values: unknown[]) => void;

interface Opened {
  readonly events: WireEvent[];
  readonly ends: (Failure | undefined)[];
  readonly push: Push;
  /** The address of the page, and what to do when its document ends. */
  readonly frame: HTMLIFrameElement;
  stop(): void;
}

let dom: JSDOM;

beforeEach(() => {
  dom = new JSDOM('<body></body>', { url: 'http://app.example/page' });
  vi.stubGlobal('document', dom.window.document);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function open(): Opened {
  const events: WireEvent[] = [];
  const ends: (Failure | undefined)[] = [];
  const sink = {
    data: (some: readonly WireEvent[]) => void events.push(...some),
    end: (one?: Failure) => void ends.push(one),
  };
  const fields = { type: 'listen', mode: 'stream', session: 'me', key: 'secret' };
  const stop = iframe().open({ url: '/push', maxEventChars: 1_048_576 } as Endpoint, fields, sink);
  const outer = dom.window.document.querySelector('iframe') as HTMLIFrameElement;
  const { push } = outer.contentWindow as unknown as { push: Push };
  const frame = outer.contentDocument?.querySelector('iframe') as HTMLIFrameElement;
  return { events, ends, push, frame, stop };
}

describe('an iframe', () => {
  it('is a hidden page in a page of our own: the application’s window has no push', () => {
    const { push, frame } = open();
    expect(push).toBeTypeOf('function');
    expect('push' in dom.window).toBe(false);
    expect(dom.window.document.querySelector('iframe')?.hidden).toBe(true);
    expect(frame.getAttribute('src')).toBe('/push?p_format=js&p_event=listen&p_mode=stream&p_id=me');
  });

  it('has the key in its address where no cookie comes back', () => {
    const sink = { data: () => undefined, end: () => undefined };
    const fields = { type: 'listen', session: 'me', key: 'secret', show: true };
    iframe().open({ url: '/push', maxEventChars: 1000 } as Endpoint, fields, sink);
    const frame = dom.window.document.querySelector('iframe')?.contentDocument?.querySelector('iframe');
    expect(frame?.getAttribute('src')).toBe('/push?p_format=js&p_event=listen&p_id=me&p_key=secret');
  });

  it('brings what the scripts of the page call, data as the JSON that it is', () => {
    const { push, events } = open();
    push('type', 'listen-ack', 'cursor', 'e-0-t');
    push('type', 'data', 'subject', '/a', 'data', '{"price":1.5}');
    expect(events).toEqual([
      {
        event: 'listen-ack',
        fields: new Map([
          ['type', 'listen-ack'],
          ['cursor', 'e-0-t'],
        ]),
      },
      {
        event: 'data',
        fields: new Map<string, unknown>([
          ['type', 'data'],
          ['subject', '/a'],
          ['data', { price: 1.5 }],
        ]),
      },
    ]);
  });

  it('ends when its document does', () => {
    const { frame, ends } = open();
    frame.dispatchEvent(new dom.window.Event('load'));
    frame.dispatchEvent(new dom.window.Event('load'));
    expect(ends).toEqual([{ code: 'cut' }]);
  });

  it.each([
    ['a call without an event', ['a', 'b']],
    ['data that is no JSON', ['type', 'data', 'data', '{']],
    ['too many fields', Array.from({ length: 300 }, String)],
  ])('gives up at %s', (_what, values) => {
    const { push, ends, events } = open();
    push(...values);
    push('type', 'heartbeat');
    expect([ends, events]).toEqual([[{ code: 'malformed' }], []]);
  });

  it('gives up at an endless field', () => {
    const { push, ends, events } = open();
    push('type', 'x', 'a', 'a'.repeat(1_048_577));
    expect([ends, events]).toMatchObject([[{ code: 'too-large' }], []]);
  });

  it('takes an event that is too long for a gap at its place', () => {
    const { push, ends, events } = open();
    push('type', 'data', 'subject', '/a', 'cursor', 'e-5-t', 'data', `"${'a'.repeat(1_048_577)}"`);
    expect(events.map(({ event, fields }) => [event, fields.get('reason'), fields.get('cursor')])).toEqual([
      ['gap', 'too-large', 'e-5-t'],
    ]);
    expect(ends).toEqual([]);
  });

  it('opens a new page before the old one fills the memory', () => {
    const { push, ends, events } = open();
    for (let call = 0; call < 5; call += 1) push('type', 'heartbeat', 'a', 'a'.repeat(1_000_000));
    expect(events).toHaveLength(5);
    expect(ends).toEqual([{ code: 'cut', reason: 'the page is full' }]);
  });

  it('vanishes when it is stopped, and is deaf from then on', async () => {
    const { push, stop, events } = open();
    stop();
    push('type', 'heartbeat');
    expect(events).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(dom.window.document.querySelector('iframe')).toBeNull();
  });

  it('lives in a file of its own where the browser has such', () => {
    const file = new JSDOM('', { url: 'http://app.example/' }).window;
    const written: string[] = [];
    const fake = {
      open: () => undefined,
      write: (text: string) => written.push(text),
      close: () => undefined,
      parentWindow: file,
      createElement: (name: string) => file.document.createElement(name),
      body: file.document.body,
    };
    vi.stubGlobal('ActiveXObject', function ActiveXObject() {
      return fake;
    });
    const sink = { data: () => undefined, end: () => undefined };
    iframe().open({ url: '/push' } as Endpoint, { type: 'listen' }, sink);
    expect(written).toEqual(['<html><body></body></html>']);
    expect('push' in file).toBe(true);
    expect(file.document.querySelector('iframe')?.getAttribute('src')).toContain('p_event=listen');
    expect(dom.window.document.querySelector('iframe')).toBeNull();
  });

  it('is unsupported where there is no page', () => {
    vi.stubGlobal('document', undefined);
    const ends: (Failure | undefined)[] = [];
    iframe().open(
      { url: '/push' } as Endpoint,
      {},
      { data: () => undefined, end: (one) => void ends.push(one) },
    )();
    expect(ends).toEqual([{ code: 'unsupported' }]);
  });
});
