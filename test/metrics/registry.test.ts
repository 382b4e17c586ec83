import { createHub } from '@cometkit/handler';
import { createMetrics } from '@cometkit/metrics';
import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { samplesOf } from './kit.ts';

it('a registry of prom-client gives the same figures as the text, with those of the application', async () => {
  const hub = createHub();
  hub.publish('/a', 1);
  const registry = new Registry();
  new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(3);
  const alone = await createMetrics(hub).page();
  const { body, contentType } = await createMetrics(hub, { registry }).page();
  const samples = new Map(samplesOf(body));
  expect(samples.get('orders_total []')).toBe('3');
  samples.delete('orders_total []');
  expect(samples).toEqual(samplesOf(alone.body));
  expect(contentType).toBe(registry.contentType);
  hub.close();
});

it('a registry of OpenMetrics gets counters named as that wants them', async () => {
  const hub = createHub();
  hub.publish('/a', 1);
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  createMetrics(hub, { registry, labels: { hub: 'orders' } });
  for (const _ of [1, 2]) {
    const text = await registry.metrics();
    expect(text).toContain('# TYPE cometkit_events_published counter\n');
    expect(text).toContain('\ncometkit_events_published_total{hub="orders"} 1\n');
    expect(text).not.toContain('_total_total');
  }
  hub.close();
});

it('a reset of the registry and its default labels leave the figures of the hub right', async () => {
  const hub = createHub();
  hub.publish('/a', 1);
  const registry = new Registry();
  registry.setDefaultLabels({ app: 'shop' });
  createMetrics(hub, { registry });
  registry.resetMetrics();
  expect(await registry.metrics()).toContain('cometkit_events_published_total{app="shop"} 1\n');
  expect(await registry.getMetricsAsJSON()).toContainEqual(
    expect.objectContaining({ name: 'cometkit_events_published_total', type: 'counter' }),
  );
  hub.close();
});

it('a second hub in one registry is refused by name', () => {
  const registry = new Registry();
  createMetrics(createHub(), { registry });
  expect(() => createMetrics(createHub(), { registry })).toThrow('cometkit_sessions');
});
