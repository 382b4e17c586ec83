/**
 * For who serves metrics from a framework of another kind, or keeps them in a registry of another kind.
 *
 * @packageDocumentation
 */
export type { Labels } from './family.ts';
export type { MetricsPage, MetricsRequest, MetricsResponse, Serving } from './metrics.ts';
export type { PromRegistry } from './registry.ts';
