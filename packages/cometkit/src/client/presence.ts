/**
 * Who is there: the members of a subject, as they come and go.
 *
 * @packageDocumentation
 */
export * from '@cometkit/client/presence';
