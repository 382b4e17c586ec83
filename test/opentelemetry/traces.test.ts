import { createServer } from 'node:http';
import { type ClientOptions, createClient } from '@cometkit/client';
import { comet } from '@cometkit/express';
import { createHub } from '@cometkit/node';
import { type InstrumentOptions, instrument } from '@cometkit/opentelemetry';
import { traced } from '@cometkit/opentelemetry/client';
import { context, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import express from 'express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { listen } from '../support/listen.ts';
import { Collector, type WireSpan } from './collector.ts';

const exporters = { json: JsonExporter, protobuf: ProtobufExporter };
const form = /^00-[\da-f]{32}-[\da-f]{16}-01$/;
const contexts = new AsyncLocalStorageContextManager();
let collector: Collector;
let provider: BasicTracerProvider;
let ends: (() => unknown)[];

beforeAll(() => void context.setGlobalContextManager(contexts.enable()));
afterAll(() => context.disable());
beforeEach(async () => {
  ends = [];
  collector = await Collector.start();
  ends.push(() => collector.close());
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

/** A tracer provider of the SDK that exports when it is told to. */
function exporting(kind: keyof typeof exporters = 'json', sampler?: Sampler): BasicTracerProvider {
  const exporter = new exporters[kind]({ url: `${collector.url}/v1/traces` });
  const spanProcessors = [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 3_600_000 })];
  provider = new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) });
  ends.push(() => provider.shutdown());
  return provider;
}

async function spans(): Promise<WireSpan[]> {
  await provider.forceFlush();
  return collector.spans;
}

/** An Express app with a hub that is watched, and a client of it. */
async function served(options: InstrumentOptions, clientOptions: ClientOptions = {}) {
  const push = comet({ pollWaitMs: { min: 5, max: 10 } });
  instrument(push, options);
  const server = createServer(express().use('/push', push));
  const { url } = await listen(server, '/push');
  const client = createClient(url, clientOptions);
  ends.push(
    () => server.close(),
    () => push.close(),
    () => client.close(),
  );
  return { push, client };
}

function byName(all: readonly WireSpan[], name: string): WireSpan[] {
  return all.filter((span) => span.name === name);
}

/** Runs something inside of a span of the application. */
function within<T>(tracer: Tracer, name: string, run: () => T): T {
  return tracer.startActiveSpan(name, (span) => {
    try {
      return run();
    } finally {
      span.end();
    }
  });
}

describe.each(['json', 'protobuf'] as const)('a trace, over OTLP as %s', (kind) => {
  it('goes from the application over publishing and delivery to the listener of the client', async () => {
    const tracerProvider = exporting(kind);
    const tracer = tracerProvider.getTracer('app');
    const { push, client } = await served({ tracerProvider, trace: true });
    const orders = client.subscribe('/orders');
    let inside: string | undefined;
    orders.on(
      traced(
        () => {
          inside = trace.getActiveSpan()?.spanContext().traceId;
        },
        { tracerProvider },
      ),
    );
    await orders.ready;
    within(tracer, 'POST /orders', () => push.publish('/orders', { id: 7 }));
    await eventually('the event', () => inside !== undefined);
    const all = await spans();
    const [root, publish, deliver, process] = ['POST /orders', 'publish', 'deliver', 'process'].map(
      (name) => byName(all, name)[0],
    );
    expect(all.map(({ traceId }) => traceId)).toEqual(Array(4).fill(inside));
    expect([publish?.parentSpanId, deliver?.parentSpanId, process?.parentSpanId]).toEqual([
      root?.spanId,
      publish?.spanId,
      publish?.spanId,
    ]);
    expect([publish?.kind, deliver?.kind, process?.kind]).toEqual([4, 1, 5]);
    expect(publish?.attributes).toEqual({
      'messaging.system': 'cometkit',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': '/orders',
    });
    // The time of an event is in whole milliseconds.
    expect(process?.startMs).toBeGreaterThan((publish?.startMs ?? Number.POSITIVE_INFINITY) - 1);
    expect(deliver?.endMs).toBeGreaterThanOrEqual(deliver?.startMs ?? Number.POSITIVE_INFINITY);
  });
});

describe('the context of an event', () => {
  it('is that of its own publishing, though one flush delivers the events of many', async () => {
    const tracerProvider = exporting();
    const { push, client } = await served({ tracerProvider, trace: true });
    const seen: unknown[] = [];
    const subscription = client.subscribe('/n', { gaps: true });
    subscription.on(
      traced((item) => seen.push(item.kind === 'data' ? item.data : item.reason), { tracerProvider }),
    );
    await subscription.ready;
    for (const name of ['first', 'second'])
      within(tracerProvider.getTracer('app'), name, () => push.publish('/n', name));
    await eventually('both events', () => seen.length === 2);
    const all = await spans();
    for (const name of ['first', 'second']) {
      const trace = byName(all, name)[0]?.traceId;
      expect(
        all
          .filter(({ traceId }) => traceId === trace)
          .map((span) => span.name)
          .toSorted(),
      ).toEqual([name, 'deliver', 'process', 'publish'].toSorted());
    }
  });

  it('comes over every transport of the client', async () => {
    const tracerProvider = exporting();
    for (const transport of ['stream', 'long-poll', 'poll'] as const) {
      const { push, client } = await served({ tracerProvider, trace: true }, { transports: [transport] });
      const subscription = client.subscribe('/n');
      const event = new Promise<{ traceparent?: string }>((resolve) => subscription.on(resolve));
      await subscription.ready;
      push.publish('/n', 1);
      expect((await event).traceparent, transport).toMatch(form);
    }
  });

  it('is carried by every way to publish, and ends with what is thrown', async () => {
    const hub = createHub();
    ends.push(() => hub.close());
    const tracerProvider = exporting();
    instrument(hub, { tracerProvider, trace: true });
    const session = hub.join({ principal: 'ann' });
    const published = [
      hub.publish('/a', 1),
      hub.broadcast('/a', 1, { name: 'x' }),
      hub.send(session.id, '/a', 1),
      hub.sendToPrincipal('ann', '/a', 1),
    ];
    for (const event of published) expect(event?.traceparent).toMatch(form);
    expect(published[1]).toMatchObject({ name: 'x', scope: 'all' });
    expect(() => hub.publish('not a path', 1)).toThrow('[invalid-subject]');
    const failed = byName(await spans(), 'publish').filter(({ status }) => status === 2);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.attributes['error.type']).toBe('CometError');
  });

  it('is what the publisher gave, where it gave one', async () => {
    const hub = createHub();
    ends.push(() => hub.close());
    instrument(hub, { tracerProvider: exporting(), trace: true });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(hub.publish('/a', 1, { traceparent }).traceparent).toBe(traceparent);
    expect(await spans()).toEqual([]);
  });
});

describe('an event that asks for no trace', () => {
  it.each<[string, InstrumentOptions]>([
    ['without the option', {}],
    ['whose subject is not named', { trace: (subject) => subject === '/other' }],
    ['whose sampler says no', { trace: true }],
    [
      'whose function throws',
      {
        trace: () => {
          throw new Error('mine');
        },
      },
    ],
  ])('carries none: %s', async (name, options) => {
    const hub = createHub();
    ends.push(() => hub.close());
    const before = hub.publish;
    const sampler = name.includes('sampler') ? new AlwaysOffSampler() : undefined;
    const stop = instrument(hub, { tracerProvider: exporting('json', sampler), ...options });
    if (options.trace === undefined) expect(hub.publish).toBe(before);
    expect(hub.publish('/a', 1).traceparent).toBeUndefined();
    expect(await spans()).toEqual([]);
    stop();
    expect(hub.publish).toBe(before);
    expect(Object.hasOwn(hub, 'publish')).toBe(false);
  });
});

describe('a listener that is traced', () => {
  const event = {
    kind: 'data',
    subject: '/a',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  } as const;

  it('ends its span with its promise, and gives what the listener gives', async () => {
    const tracerProvider = exporting();
    let finish: (value: number) => void = () => undefined;
    const given = traced(() => new Promise<number>((resolve) => (finish = resolve)), { tracerProvider })(
      event,
    );
    expect(await spans()).toEqual([]);
    finish(7);
    expect(await given).toBe(7);
    expect(await spans()).toMatchObject([{ name: 'process', traceId: event.traceparent.slice(3, 35) }]);
  });

  it('lets errors through, and records them', async () => {
    const tracerProvider = exporting();
    const failing = traced(
      () => {
        throw new RangeError('too much');
      },
      { tracerProvider },
    );
    expect(() => failing(event)).toThrow('too much');
    await expect(traced(() => Promise.reject(new Error('later')), { tracerProvider })(event)).rejects.toThrow(
      'later',
    );
    expect((await spans()).map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      [2, 'RangeError'],
      [2, 'Error'],
    ]);
  });

  it.each([
    ['no trace', { kind: 'data' as const, subject: '/a' }],
    ['a gap', { kind: 'gap' as const }],
    ['a trace that is none', { kind: 'data' as const, subject: '/a', traceparent: 'x' }],
    ['a trace of zeros', { kind: 'data' as const, traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
  ])('is the plain listener for %s', async (_what, item) => {
    expect(traced((given: unknown) => given, { tracerProvider: exporting() })(item)).toBe(item);
    expect(await spans()).toEqual([]);
  });
});

describe('what cannot be instrumented', () => {
  it.each<[string, () => unknown, string]>([
    ['nothing', () => instrument(undefined as never), 'must be a hub'],
    ['an object', () => instrument({} as never), 'must be a hub'],
    [
      'an option that is not known',
      () => instrument(createHub(), { tracer: 1 } as never),
      'unknown option `tracer`',
    ],
    [
      'a provider that is none',
      () => instrument(createHub(), { meterProvider: {} as never }),
      '`meterProvider`',
    ],
    ['a number for trace', () => instrument(createHub(), { trace: 0.01 as never }), '`trace` is 0.01'],
    [
      'an attribute that is taken',
      () => instrument(createHub(), { attributes: { reason: 'x' } }),
      '`attributes`',
    ],
    ['a listener that is none', () => traced(7 as never), 'must be a function'],
  ])('is named: %s', (_what, call, sentence) => {
    expect(call).toThrow(sentence);
  });
});
