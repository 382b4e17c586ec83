/**
 * More ways of receiving for the client.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/transports';
