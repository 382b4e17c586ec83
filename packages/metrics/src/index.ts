/**
 * CometKit in Prometheus: what a hub does, as text that a scraper reads or in the registry of `prom-client`.
 *
 * @packageDocumentation
 */
export { createMetrics, type Metrics } from './metrics.ts';
export type { MetricsOptions } from './options.ts';
