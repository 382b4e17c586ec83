/**
 * Route handlers for Next.js.
 *
 * @packageDocumentation
 */
export * from '@cometkit/next';
