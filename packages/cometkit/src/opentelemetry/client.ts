/**
 * Traces that go on in a client.
 *
 * @packageDocumentation
 */
export * from '@cometkit/opentelemetry/client';
