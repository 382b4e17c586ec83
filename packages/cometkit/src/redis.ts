/**
 * Many nodes over one Redis or Valkey.
 *
 * @packageDocumentation
 */
export * from '@cometkit/redis';
