/**
 * One session for all tabs of a site.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/shared';
