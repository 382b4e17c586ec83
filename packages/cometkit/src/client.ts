/**
 * The client for browsers and Node.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client';
