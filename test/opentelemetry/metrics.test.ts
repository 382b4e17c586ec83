import { collect } from '@cometkit/metrics/adapter';
import { instrument } from '@cometkit/opentelemetry';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stage, stage } from '../handler/kit.ts';
import { Collector, type Point } from './collector.ts';

const exporters = { json: JsonExporter, protobuf: ProtobufExporter };
let collector: Collector;
let world: Stage;
let provider: MeterProvider;

beforeEach(async () => {
  collector = await Collector.start();
  world = stage({ authorize: { join: () => true, subscribe: () => true } });
});
afterEach(async () => {
  world.hub.close();
  await provider.shutdown();
  await collector.close();
});

/** A meter provider of the SDK that exports when it is told to. */
function exporting(kind: keyof typeof exporters): MeterProvider {
  const exporter = new exporters[kind]({ url: `${collector.url}/v1/metrics` });
  provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  return provider;
}

async function live(): Promise<void> {
  await world.get({ type: 'join-listen', format: 'ndjson', subject: '/a' });
  world.hub.publish('/a', 1);
  await world.turn();
  await world.get({ type: 'nonsense' });
  await provider.forceFlush();
}

// By the rules of OpenTelemetry for Prometheus: the unit and `_total` go behind the name, dots become underscores.
function prometheusName({ name, unit, monotonic }: Point): string {
  const ending = { s: '_seconds', By: '_bytes' }[unit] ?? '';
  return `${name.replaceAll('.', '_')}${ending}${monotonic ? '_total' : ''}`;
}

describe.each(['json', 'protobuf'] as const)('the metrics of a hub, over OTLP as %s', (kind) => {
  it('are those of Prometheus, with the same values', async () => {
    instrument(world.hub, { meterProvider: exporting(kind) });
    await live();
    const plain = collect(world.hub).filter(({ type }) => type !== 'histogram');
    for (const { name, type, samples } of plain) {
      const full = type === 'counter' ? `${name}_total` : name;
      const points = collector.points.filter((point) => prometheusName(point) === full);
      expect(
        points.map(({ attributes, value }) => ({ labels: attributes, value })),
        full,
      ).toEqual([...samples]);
    }
    expect([...collector.types]).toEqual([kind === 'json' ? 'application/json' : 'application/x-protobuf']);
  });

  it('count what happened, in units', async () => {
    instrument(world.hub, { meterProvider: exporting(kind) });
    await live();
    expect(collector.latest('cometkit.events.published')).toMatchObject([
      { value: 1, unit: '{event}', kind: 'sum', monotonic: true },
    ]);
    const open = { transport: 'stream', state: 'open' };
    expect(collector.latest('cometkit.sessions')).toContainEqual({
      ...{ name: 'cometkit.sessions', unit: '{session}', kind: 'sum', monotonic: false },
      ...{ attributes: open, value: 1 },
    });
    expect(collector.latest('cometkit.written').every(({ unit }) => unit === 'By')).toBe(true);
    expect(collector.latest('cometkit.lag.events')).toMatchObject([{ kind: 'gauge', value: 0 }]);
  });

  it('have durations in buckets of our own', async () => {
    instrument(world.hub, { meterProvider: exporting(kind) });
    await live();
    const [flush] = collector.latest('cometkit.flush.duration');
    expect(flush).toMatchObject({ kind: 'histogram', unit: 's', attributes: {} });
    expect(flush?.count).toBeGreaterThan(0);
    expect(flush?.bounds?.slice(0, 3)).toEqual([0.0001, 0.0005, 0.001]);
    const hooks = collector.latest('cometkit.hook.duration');
    expect(hooks.map(({ attributes, count }) => [attributes['hook'], count])).toEqual([
      ['join', 1],
      ['subscribe', 1],
    ]);
  });
});

describe('what OpenTelemetry gets of a hub', () => {
  it('has no more sets of attributes than the scrape has, whatever clients do', async () => {
    instrument(world.hub, { meterProvider: exporting('json') });
    await live();
    const before = collector.points.length;
    for (let n = 0; n < 50; n += 1) {
      await world.get({ type: 'join-listen', format: 'ndjson', subject: `/mine/${n}`, userId: `u${n}` });
      world.hub.publish(`/mine/${n}`, n);
    }
    await world.turn();
    await provider.forceFlush();
    expect(collector.points.length).toBe(2 * before);
    expect(JSON.stringify(collector.points)).not.toMatch(/mine|u49/);
  });

  it('has the attributes of a hub that has a name', async () => {
    instrument(world.hub, { meterProvider: exporting('json'), attributes: { hub: 'orders' } });
    await live();
    expect(collector.points.every(({ attributes }) => attributes['hub'] === 'orders')).toBe(true);
  });

  it('ends when it is stopped, and can begin again', async () => {
    const meterProvider = exporting('json');
    const stop = instrument(world.hub, { meterProvider });
    expect(() => instrument(world.hub, { meterProvider })).toThrow('watched by OpenTelemetry already');
    stop();
    stop();
    await live();
    expect(collector.points).toEqual([]);
    instrument(world.hub, { meterProvider });
    await provider.forceFlush();
    expect(collector.latest('cometkit.events.published')).toMatchObject([{ value: 1 }]);
  });
});
