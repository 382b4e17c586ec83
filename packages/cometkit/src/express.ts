/**
 * Middleware for Express and Connect.
 *
 * @packageDocumentation
 */
export * from '@cometkit/express';
