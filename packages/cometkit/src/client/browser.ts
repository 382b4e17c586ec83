/**
 * The client as one file, for pages without a bundler.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/browser';
