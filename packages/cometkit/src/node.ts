/**
 * For `node:http` servers, and the push server.
 *
 * @packageDocumentation
 */
export * from '@cometkit/node';
