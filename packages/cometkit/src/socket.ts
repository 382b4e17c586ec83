/**
 * The same sessions over TCP and UDP, and multicast.
 *
 * @packageDocumentation
 */
export * from '@cometkit/socket';
