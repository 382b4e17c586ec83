/**
 * The server asks, the client answers.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/handle';
