import { CometError, type Hub } from '@cometkit/core';
import { isMadeHere } from './runtime.ts';

const marked = new WeakSet<Hub>();
const shape = /^[A-Za-z0-9_-]{22}$/;
const page = 'https://github.com/cometkit/cometkit/blob/main/docs/errors.md#unknown-session';
const elsewhere = `it was made by another process, or before a restart; several processes need to share their sessions: ${page}`;

/** Notes that the ids of a hub's sessions have the mark of this process, and that it is alone with them. */
export function marksItsSessions(hub: Hub): void {
  marked.add(hub);
}

/**
 * Makes the refusal of a request for a session that is not there, or not the client's. It depends on the id alone, so that
 * nobody can find out which ones there are.
 */
export function unknownSession(hub: Hub, id: string): CometError {
  const foreign = marked.has(hub) && hub.cluster === undefined && shape.test(id) && !isMadeHere(id);
  return new CometError('unknown-session', `invalid or expired id${foreign ? `: ${elsewhere}` : ''}`, {});
}
