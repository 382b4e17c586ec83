import { mustBeText } from './check-arguments.ts';
import type { ClusterHost } from './cluster-host.ts';
import type { SessionChange } from './hub-cluster.ts';
import { placeOfSubscription } from './resume.ts';
import type { Session } from './session.ts';
import type { ControlEntry } from './tail-log.ts';

type Checks = { readonly [Kind in SessionChange['kind']]: (change: never) => boolean };

const isText = (value: unknown) => typeof value === 'string';
const isIds = (change: { readonly ids?: unknown }) =>
  change.ids === undefined || (Array.isArray(change.ids) && change.ids.every(isText));
const checks: Checks = {
  subscribe: ({ id, pattern, matching, label, from, conflate }: Record<string, unknown>) =>
    isText(id) &&
    isText(pattern) &&
    isText(matching) &&
    (label === undefined || isText(label)) &&
    (from === undefined || isText(from)) &&
    (conflate === undefined || typeof conflate === 'boolean'),
  unsubscribe: isIds,
  revoke: isIds,
  leave: ({ reason }: Record<string, unknown>) => isText(reason),
  reauthorize: () => true,
  expire: ({ at }: Record<string, unknown>) => at === undefined || Number.isFinite(at),
  superseded: ({ generation }: Record<string, unknown>) => Number.isSafeInteger(generation),
};

/** Returns whether what came with a control entry is a change: whoever writes to the engine may have written anything. */
export function isChange(change: unknown): change is SessionChange {
  if (typeof change !== 'object' || change === null || !('kind' in change)) return false;
  const { kind } = change;
  return (
    typeof kind === 'string' && Object.hasOwn(checks, kind) && checks[kind as keyof Checks](change as never)
  );
}

/** What an entry of the log names instead of a session, when it is about all of a principal. No session has such an id. */
export function allOf(principal: string): string {
  return `all of ${JSON.stringify(principal)}`;
}

/** Ends the sessions of a principal, or has the hooks asked again about them, where an entry says so. */
export function applyToAll(engine: ClusterHost, { session: named, change, node }: ControlEntry): void {
  // The node that has written it has done so before: who is there again may stay.
  if (node === engine.cluster?.node) return;
  const principal = principalIn(named);
  if (principal === undefined) return;
  if (change.kind === 'reauthorize') engine.cluster?.asked?.(principal);
  if (change.kind !== 'leave') return;
  for (const session of [...engine.sessions.of(principal)]) engine.end(session, change.reason);
}

function principalIn(named: string): string | undefined {
  if (!named.startsWith('all of ')) return undefined;
  try {
    const principal: unknown = JSON.parse(named.slice('all of '.length));
    return typeof principal === 'string' ? principal : undefined;
  } catch {
    return undefined; // somebody else's
  }
}

/** @throws {TypeError} the arguments are no session and no change. */
export function checkChange(session: unknown, change: unknown): void {
  mustBeText(session, 'the id of a session');
  if (!isChange(change)) throw new TypeError('the second argument must be a change of a session');
}

/**
 * Makes a change that the log has for a session.
 *
 * @param told - whether the hub's events tell of it. They do not for a session that is only being made.
 */
export function applyChange(engine: ClusterHost, session: Session, entry: ControlEntry, told: boolean): void {
  const { change } = entry;
  if (change.kind === 'leave') {
    engine.end(session, change.reason);
  } else if (change.kind === 'reauthorize') {
    if (entry.node !== engine.cluster?.node) engine.cluster?.asked?.(session);
  } else if (change.kind === 'superseded') {
    if (entry.node !== engine.cluster?.node && session.generation < change.generation)
      engine.park(session, 'superseded');
  } else if (change.kind === 'subscribe') {
    subscribe(engine, session, entry, told);
  } else if (change.kind !== 'expire') {
    withdraw(engine, session, change, told);
  }
  if (told && !session.closed) engine.events.emit('session-changed', session, change);
}

function subscribe(engine: ClusterHost, session: Session, entry: ControlEntry, told: boolean): void {
  const { change, position, cursor } = entry;
  if (change.kind !== 'subscribe') return;
  // One that was taken away here stays so: it is not asked for again under its id.
  const known = [...session.subscriptions, ...session.takenAway];
  if (known.some(({ id }) => id === change.id)) return;
  if (change.matching === 'prefix') engine.subjects = 'prefix';
  const { from, label } = change;
  const place =
    from === undefined
      ? { position, cursor }
      : { position: placeOfSubscription(engine.log, from), cursor: from };
  const subscription = engine.restore(session, { ...change, label: label ?? undefined }, place);
  if (told && subscription !== undefined) engine.events.emit('subscribed', session, subscription);
}

function withdraw(
  engine: ClusterHost,
  session: Session,
  { kind, ids }: Extract<SessionChange, { kind: 'unsubscribe' | 'revoke' }>,
  told: boolean,
): void {
  const { subscriptions } = engine;
  const meant = session.subscriptions.filter(({ id }) => ids?.includes(id) ?? true);
  const ended =
    kind === 'revoke'
      ? subscriptions.revoke(session, ({ id }) => ids?.includes(id) ?? true)
      : meant.flatMap(({ id }) => subscriptions.remove(session, id));
  if (kind === 'revoke' && ended.length > 0) session.revoked(ended);
  if (told) engine.ended(session, ended);
}
