/**
 * What a hub does, for Prometheus.
 *
 * @packageDocumentation
 */
export * from '@cometkit/metrics';
