/**
 * For who serves metrics from a framework of another kind, or keeps them in a registry of another kind.
 *
 * @packageDocumentation
 */
export { collect } from './collect.ts';
export type { Family, Labels, Sample } from './family.ts';
export type { MetricsPage, MetricsRequest, MetricsResponse, Serving } from './metrics.ts';
export type { PromRegistry } from './registry.ts';
