/**
 * CometKit: server push that gets through everything. This package is all of CometKit under one name; each subpath is one of its
 * packages as it is.
 *
 * @packageDocumentation
 */
export * from '@cometkit/node';
