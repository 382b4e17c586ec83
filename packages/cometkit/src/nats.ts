/**
 * Many nodes over one NATS JetStream.
 *
 * @packageDocumentation
 */
export * from '@cometkit/nats';
