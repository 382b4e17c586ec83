import { createHub } from '@cometkit/node';
import { type InstrumentOptions, instrument } from '@cometkit/opentelemetry';
import { traced } from '@cometkit/opentelemetry/client';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodes } from '../cluster/kit.ts';
import { eventually } from '../support/eventually.ts';
import { unusedPort } from '../support/unused-port.ts';

/** Knows the spans that have begun, and those that have ended. */
class Watch implements SpanProcessor {
  readonly open = new Set<string>();
  readonly ended: ReadableSpan[] = [];

  onStart(span: { spanContext(): { spanId: string } }): void {
    this.open.add(span.spanContext().spanId);
  }

  onEnd(span: ReadableSpan): void {
    this.open.delete(span.spanContext().spanId);
    this.ended.push(span);
  }

  forceFlush = (): Promise<void> => Promise.resolve();
  shutdown = (): Promise<void> => Promise.resolve();
}

const bang = (): never => {
  throw new Error('mine');
};

function providerOf(processor: SpanProcessor, sampler?: Sampler): BasicTracerProvider {
  return new BasicTracerProvider({ spanProcessors: [processor], ...(sampler && { sampler }) });
}

function hubWith(options: InstrumentOptions) {
  const hub = createHub();
  onTestFinished(() => hub.close());
  return { hub, stop: instrument(hub, { trace: true, ...options }) };
}

const event = {
  kind: 'data',
  subject: '/a',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
} as const;

describe('a trace over two nodes', () => {
  it('goes from the one that publishes over the one that delivers to the listener', async () => {
    const all = await nodes({ names: ['a', 'b'] });
    const [a, b, page] = [new Watch(), new Watch(), new Watch()];
    for (const [name, watch] of [['a', a] as const, ['b', b] as const])
      instrument(all.node(name).hub, { tracerProvider: providerOf(watch), trace: true });
    const client = await all.client('a');
    await client.does('a', 'subscribe', { subject: '/news' });
    const stream = await client.listens('b');
    await stream.lines();
    all.node('a').hub.publish('/news', { n: 1 });
    // The engine has not accepted it yet.
    expect([a.open.size, a.ended.length]).toEqual([1, 0]);
    await all.pass(100);
    const [line] = (await stream.lines()).filter((one) => 'traceparent' in one) as unknown as [typeof event];
    traced(() => undefined, { tracerProvider: providerOf(page) })({ ...event, ...line });
    const [publish] = a.ended;
    const { traceId, spanId } = publish!.spanContext();
    expect([a, b, page].map((watch) => watch.ended.map(({ name }) => name))).toEqual([
      ['publish'],
      ['deliver'],
      ['process'],
    ]);
    for (const { parentSpanContext } of [b.ended[0]!, page.ended[0]!])
      expect(parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect([a, b, page].map(({ open }) => open.size)).toEqual([0, 0, 0]);
  });

  it('leaves no span open when the node ends before the engine has accepted an event', async () => {
    const all = await nodes({ names: ['a', 'b'] });
    const watch = new Watch();
    instrument(all.node('a').hub, { tracerProvider: providerOf(watch), trace: true });
    all.node('a').hub.publish('/news', 1);
    all.node('a').hub.close();
    await all.pass(60_000);
    expect([watch.open.size, watch.ended.length]).toEqual([0, 1]);
  });
});

describe('an SDK that throws', () => {
  const quiet = { forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
  const providers: [string, () => BasicTracerProvider][] = [
    ['when a span begins', () => providerOf({ ...quiet, onStart: bang, onEnd: () => undefined })],
    ['when a span ends', () => providerOf({ ...quiet, onStart: () => undefined, onEnd: bang })],
    ['when it is asked', () => providerOf(new Watch(), { shouldSample: bang, toString: () => 'mine' })],
  ];

  it.each(providers)('keeps no event from being published and delivered: %s', async (_when, provider) => {
    const all = await nodes({ names: ['a'] });
    const { hub } = all.node('a');
    instrument(hub, { tracerProvider: provider(), trace: true });
    const client = await all.client('a');
    await client.does('a', 'subscribe', { subject: '/news' });
    const stream = await client.listens('a');
    hub.publish('/news', 1);
    hub.publish('/news', 2, { traceparent: event.traceparent });
    await all.pass(100);
    expect(await stream.items()).toEqual(expect.arrayContaining(['1', '2']));
    expect(all.errors).toEqual([]);
    expect(() => hub.publish('no path', 1)).toThrow('[invalid-subject]');
  });

  it.each(providers)('keeps no listener from its event: %s', async (_when, provider) => {
    const tracerProvider = provider();
    expect(traced(() => 7, { tracerProvider })(event)).toBe(7);
    expect(await traced(() => Promise.resolve(7), { tracerProvider })(event)).toBe(7);
    await expect(traced(() => Promise.reject(new Error('later')), { tracerProvider })(event)).rejects.toThrow(
      'later',
    );
  });

  it.each<[string, InstrumentOptions]>([
    ['meters', { meterProvider: { getMeter: bang } }],
    ['tracers', { tracerProvider: { getTracer: bang } }],
  ])('while it gives its %s, leaves the hub as it was', (_what, options) => {
    const hub = createHub();
    onTestFinished(() => hub.close());
    const { publish } = hub;
    expect(() => instrument(hub, { trace: true, ...options })).toThrow('mine');
    expect(hub.publish).toBe(publish);
    instrument(hub)();
  });
});

it('a collector that is not there keeps nobody waiting', async () => {
  const exporter = new OTLPTraceExporter({
    url: `http://127.0.0.1:${await unusedPort()}/v1/traces`,
    timeoutMillis: 300,
  });
  const provider = providerOf(new BatchSpanProcessor(exporter, { scheduledDelayMillis: 3_600_000 }));
  const { hub } = hubWith({ tracerProvider: provider });
  expect(hub.publish('/a', 1).traceparent).toBeDefined();
  await provider.forceFlush().catch(() => undefined);
  expect(hub.publish('/a', 2).position).toBe(2);
});

it('without an SDK nothing is carried, and nothing is different', () => {
  const { hub, stop } = hubWith({});
  expect(hub.publish('/a', 1)).toMatchObject({ position: 1, traceparent: undefined });
  stop();
});

it('ends for who has wrapped the traced method, too', () => {
  const watch = new Watch();
  const { hub, stop } = hubWith({ tracerProvider: providerOf(watch) });
  const traced = hub.publish;
  hub.publish = ((...args: Parameters<typeof hub.publish>) => traced.apply(hub, args)) as typeof hub.publish;
  hub.publish('/a', 1);
  stop();
  expect(hub.publish('/a', 2).traceparent).toBeUndefined();
  expect(watch.ended).toHaveLength(1);
});

it.each([
  ['without a text', Object.create(null)],
  ['that is nothing', undefined],
])('something %s is thrown on as it is, and its span ends', (_what, thrown) => {
  const watch = new Watch();
  const failing = traced(
    () => {
      throw thrown;
    },
    { tracerProvider: providerOf(watch) },
  );
  let caught: unknown = 'nothing';
  try {
    failing(event);
  } catch (error) {
    caught = error;
  }
  expect([caught === thrown, watch.open.size, watch.ended[0]?.status.code]).toEqual([true, 0, 2]);
});

it('a subject of any length is cut in a span', async () => {
  const watch = new Watch();
  const { hub } = hubWith({ tracerProvider: providerOf(watch) });
  expect(() => hub.publish(`/${'x'.repeat(1_000_000)}`, 1)).toThrow('[invalid-subject]');
  await eventually('the span', () => watch.ended.length === 1);
  expect(JSON.stringify(watch.ended[0]?.attributes).length).toBeLessThan(500);
  expect(JSON.stringify(watch.ended[0]?.events).length).toBeLessThan(10_000);
});
