import { checkAdopt } from './check-arguments.ts';
import type { ClusterHost } from './cluster-host.ts';
import { CometError } from './errors.ts';
import type { SessionParts } from './hub-cluster.ts';
import { jump, placeOfSubscription, pointOf } from './resume.ts';
import { Session } from './session.ts';
import { allOf, applyChange } from './session-changes.ts';
import type { TailLog } from './tail-log.ts';

/**
 * Takes in a session that another node has opened.
 *
 * @returns the session that is here already, if one is.
 * @throws {CometError} `too-many-sessions`, `hub-closed`, `invalid-cursor`; `unknown-session` — it has left since.
 */
export function adopt(engine: ClusterHost, log: TailLog, parts: SessionParts): Session {
  checkAdopt(parts);
  const { sessions, attachments, limits } = engine;
  const known = sessions.get(parts.id);
  if (known !== undefined) return known;
  if (engine.closed) throw new CometError('hub-closed', 'the server is shutting down', {});
  const { neighbourhoods = [] } = parts;
  const limit = limits.maxSessions;
  if (sessions.size >= limit && !engine.makeRoom(neighbourhoods))
    throw new CometError('too-many-sessions', 'the server is full', { limit });
  const asOf = pointOf(log, parts.asOf).position;
  const changes = log.changesOf(parts.id, asOf);
  const { principal, writtenAt = parts.asOf } = parts;
  const ofAll =
    principal === undefined ? [] : log.changesOf(allOf(principal), pointOf(log, writtenAt).position);
  if ([...changes, ...ofAll].some(({ change }) => change.kind === 'leave'))
    throw new CometError('unknown-session', 'the session has ended', {});
  const session = made(engine, parts);
  if (ofAll.length > 0) engine.cluster?.asked?.(session);
  // Older streams than that of the record are on other nodes.
  for (const entry of changes)
    if (entry.change.kind !== 'superseded') applyChange(engine, session, entry, false);
  sessions.add(session, undefined, engine.now());
  attachments.start(session, neighbourhoods);
  return session;
}

function made(engine: ClusterHost, parts: SessionParts): Session {
  const { id, secret, principal, data, context, leaseMs, generation } = parts;
  const { log } = engine;
  const point = pointOf(log, parts.start);
  const session = new Session({ id, secret, principal, data, context, leaseMs }, engine);
  session.restart(generation);
  jump(session, log, parts.start, point);
  session.interests.since = point.position;
  for (const given of parts.subscriptions) {
    if (given.matching === 'prefix') engine.subjects = 'prefix';
    engine.restore(session, given, { position: placeOfSubscription(log, given.from), cursor: given.from });
  }
  return session;
}
