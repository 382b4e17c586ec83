/**
 * What a hub does, for OpenTelemetry.
 *
 * @packageDocumentation
 */
export * from '@cometkit/opentelemetry';
