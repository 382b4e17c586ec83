/**
 * The API of the original Pushlet client.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/classic';
