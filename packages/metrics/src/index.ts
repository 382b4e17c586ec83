/**
 * CometKit in Prometheus: what a hub does, as text that a scraper reads or in the registry of `prom-client`.
 *
 * @packageDocumentation
 */
export type { Labels } from './family.ts';
export {
  createMetrics,
  type Metrics,
  type MetricsPage,
  type MetricsRequest,
  type MetricsResponse,
  type Serving,
} from './metrics.ts';
export type { MetricsOptions } from './options.ts';
export type { PromRegistry } from './registry.ts';
