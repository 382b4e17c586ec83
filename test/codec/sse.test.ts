import { createSseDecoder, frameItem, type SseMessage } from '@cometkit/codec';
import { EventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyData, anyText, cut, event, format, gap, read, respond, runs } from './kit.ts';

interface Outcome {
  messages: SseMessage[];
  retries: number[];
  id: string;
}

function decode(pieces: readonly string[]): Outcome {
  const outcome: Outcome = { messages: [], retries: [], id: '' };
  const decoder = createSseDecoder((message) => outcome.messages.push(message), {
    onRetry: (retryMs) => outcome.retries.push(retryMs),
  });
  for (const piece of pieces) decoder.feed(piece);
  decoder.end();
  return { ...outcome, id: decoder.lastEventId };
}

const message = (data: string, event = 'message', id = ''): SseMessage => ({ event, data, id });

describe('createSseDecoder', () => {
  const cases: [string, string, SseMessage[]][] = [
    ['joins data lines with LF', 'data: a\ndata:b\ndata\n\n', [message('a\nb\n')]],
    [
      'takes CR, LF and CRLF for line ends',
      'data: a\r\rdata: b\r\n\r\ndata: c\n\n',
      [message('a'), message('b'), message('c')],
    ],
    ['strips one byte order mark', '\ufeffdata: a\n\n\ufeffdata: b\n\n', [message('a')]],
    ['strips one blank after the colon', 'data:  a\n\n', [message(' a')]],
    ['skips comments and unknown fields', ': hi\nfoo: bar\nDATA: x\ndata: a\n\n', [message('a')]],
    [
      'gives the type of an event once',
      'event: t\ndata: a\n\ndata: b\n\n',
      [message('a', 't'), message('b')],
    ],
    ['drops a block without data', 'event: t\n\ndata: b\n\n', [message('b')]],
    ['gives an empty data line as an empty text', 'data\n\n', [message('')]],
    [
      'keeps an id until the next',
      'id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n',
      [message('a', 'message', '1'), message('b', 'message', '1'), message('c')],
    ],
    [
      'ignores an id with NUL',
      'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
      [message('a', 'message', '1'), message('b', 'message', '1')],
    ],
    ['drops what the end cuts off', 'data: a\n\ndata: b\n', [message('a')]],
  ];

  it.each(cases)('%s', (_name, text, expected) => {
    expect(decode([text]).messages).toEqual(expected);
    expect(decode(text.split('')).messages).toEqual(expected);
  });

  it('hands an event over at its CR without waiting for an LF', () => {
    const messages: SseMessage[] = [];
    const decoder = createSseDecoder((received) => messages.push(received));
    decoder.feed('data: a\r\n\r');
    expect(messages).toEqual([message('a')]);
    decoder.feed('\ndata: b\n\n');
    expect(messages).toEqual([message('a'), message('b')]);
  });

  it('takes the id of a block without data as where the stream stands', () => {
    expect(decode(['id: k-1-1\n\n'])).toEqual({ messages: [], retries: [], id: 'k-1-1' });
    expect(decode(['id: k-1-1\n']).id).toBe('');
  });

  it('takes only digits for the time to wait', () => {
    expect(decode(['retry: 20\nretry: 1x\nretry:\nretry: -1\nretry: 300\n\n']).retries).toEqual([20, 300]);
  });

  it('refuses data lines that are longer than the bound together', () => {
    const decoder = createSseDecoder(() => undefined, { maxBufferedChars: 100 });
    expect(() => decoder.feed(`${'data: 0123456789\n'.repeat(10)}\n`)).toThrow(
      expect.objectContaining({ type: 'too-large' }),
    );
  });

  it('forgets ids and types when it is reset', () => {
    const messages: SseMessage[] = [];
    const decoder = createSseDecoder((received) => messages.push(received));
    decoder.feed('id: 1\n\nevent: t\ndata: x\nid: 2\n');
    decoder.reset();
    expect(decoder.lastEventId).toBe('');
    decoder.feed('\ufeffdata: a\n\n');
    expect(messages).toEqual([message('a')]);
  });

  it('reads any stream as eventsource-parser does, in any pieces', () => {
    // Lone CRs are left out here: the other parser waits at one for the next piece, where this one goes on.
    const line = fc.oneof(
      fc.constantFrom(
        'data: a',
        'data',
        'data:',
        'event: t',
        'id: 7',
        'id',
        ': c',
        'retry: 5',
        'x: y',
        '',
        '',
      ),
      anyText.map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
    );
    const ends = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, ends), { maxLength: 20 }),
        fc.array(fc.nat(200)),
        (lines, places) => {
          const text = lines.map(([content, end]) => content + end).join('');
          const expected: SseMessage[] = [];
          const other = createParser({
            // The other parser gives an id only with the event that brings it.
            onEvent: (received) => expected.push(message(received.data, received.event, received.id)),
          });
          other.feed(text);
          const received = decode(cut(text, places)).messages;
          expect(received).toEqual(expected.map((other, index) => ({ ...other, id: received[index]?.id })));
          for (const [index, { id }] of expected.entries())
            if (id !== '') expect(received[index]?.id).toBe(id);
        },
      ),
      runs(),
    );
  });
});

describe('no text gets out of its line in an event stream', () => {
  const parse = (stream: string) => {
    const received: { event: string | undefined; id: string | undefined; data: unknown }[] = [];
    createParser({
      onEvent: ({ event, id, data }) => received.push({ event, id, data: JSON.parse(data) as unknown }),
    }).feed(stream);
    return received;
  };

  it('is read as the same one event by two parsers', () => {
    fc.assert(
      fc.property(anyData, anyText, (data, text) => {
        const item = event(data, { subject: text, from: text });
        const frames = [
          frameItem(format('sse-envelope'), item, { seq: 1 }),
          format('sse-envelope').shared(gap),
        ];
        const stream = respond('sse-envelope', frames);
        expect(parse(stream).map((received) => received.data)).toEqual([
          expect.objectContaining({ type: 'data', subject: text, from: text, data: data as unknown }),
          expect.objectContaining({ type: 'gap' }),
        ]);
        expect(read('sse-envelope', [stream]).events).toHaveLength(2);
      }),
      runs(),
    );
  });

  it.each(['sse', 'sse-subject'] as const)('is the data alone for two parsers in %s', (name) => {
    fc.assert(
      fc.property(anyData, (data) => {
        const stream = respond(name, [format(name).shared(event(data)), format(name).shared(gap)]);
        const [first, second, ...more] = parse(stream);
        const named = name === 'sse' ? undefined : '/fx/eur';
        expect([first, more]).toEqual([{ event: named, id: 'k3f9qd-3-7cq1', data }, []]);
        expect(second).toMatchObject({ event: 'gap', id: gap.cursor, data: { type: 'gap' } });
        expect(read(name, [stream]).events.map(([type]) => type)).toEqual(['data', 'gap']);
      }),
      runs(),
    );
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j as an id, and as a subject that names an event', (text) => {
    for (const name of ['sse', 'sse-subject', 'sse-envelope'] as const)
      expect(() => format(name).shared(event(1, { cursor: text }))).toThrow(
        expect.objectContaining({ code: 'invalid-text', field: 'cursor', offset: 1 }),
      );
    expect(() => format('sse-subject').shared(event(1, { subject: `/${text}` }))).toThrow(
      expect.objectContaining({ code: 'invalid-text', field: 'event', offset: 2 }),
    );
    expect(() => format('sse').shared(event(1, { name: text }))).toThrow(
      expect.objectContaining({ code: 'invalid-text', field: 'event', offset: 1 }),
    );
    expect(format('sse').shared(event(1, { subject: text }))).not.toContain(text);
  });
});

describe('a bare EventSource', () => {
  /** What reaches listeners of the given events, to the gap that ends the stream. */
  function hear(name: 'sse' | 'sse-subject' | 'sse-envelope', types: readonly string[]) {
    const ack = { event: 'join-listen-ack', fields: [['cursor', 'k-0-1']] } as const;
    const frames = [
      format(name).control(ack),
      format(name).shared(event({ bid: 1 })),
      format(name).shared(gap),
    ];
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = () => Promise.resolve(new Response(respond(name, frames), { headers }));
    const source = new EventSource('http://127.0.0.1/push', { fetch });
    return new Promise<unknown[]>((resolve) => {
      const heard: unknown[] = [];
      for (const type of types)
        source.addEventListener(type, ({ data, lastEventId }) => {
          heard.push([type, lastEventId, JSON.parse(data)]);
          if (lastEventId !== gap.cursor) return;
          source.close();
          resolve(heard);
        });
    });
  }

  const lost = expect.objectContaining({ type: 'gap', count: 4 });

  it('gets the data of events as messages, and is told of gaps if it asks', async () => {
    expect(await hear('sse', ['message', 'gap'])).toEqual([
      ['message', 'k3f9qd-3-7cq1', { bid: 1 }],
      ['gap', gap.cursor, lost],
    ]);
  });

  it('listens to a subject by its name', async () => {
    expect(await hear('sse-subject', ['/fx/eur', 'message', 'gap'])).toEqual([
      ['/fx/eur', 'k3f9qd-3-7cq1', { bid: 1 }],
      ['gap', gap.cursor, lost],
    ]);
  });

  it('gets whole messages as envelopes', async () => {
    expect(await hear('sse-envelope', ['message'])).toEqual([
      ['message', 'k-0-1', { type: 'join-listen-ack', cursor: 'k-0-1' }],
      ['message', 'k3f9qd-3-7cq1', expect.objectContaining({ type: 'data', data: { bid: 1 } })],
      ['message', gap.cursor, lost],
    ]);
  });
});
