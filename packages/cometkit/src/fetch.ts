/**
 * For servers that speak fetch: Hono, Bun, Deno, workers.
 *
 * @packageDocumentation
 */
export * from '@cometkit/fetch';
