import { CometError, type Session, type Subscription } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { type ClusterNode, clusterNodeOf } from '../cluster/cluster-node.ts';
import { asksFor, type Command } from '../command.ts';
import { askSubscribe, isAskedForEver, notAuthorized } from '../policy.ts';
import { contextOf } from '../session-context.ts';

/** The subscription that a command named, and whether the command made it. */
export interface Added {
  readonly subscription: Subscription;
  readonly fresh: boolean;
}

/**
 * Adds the subscription that a command names, if the subscribe hook allows it.
 *
 * @remarks
 * A repeated command returns the subscription that it made: one with a message id, and one that opens a channel, which
 * clients repeat to reconnect.
 *
 * @throws {CometError} `missing-field` — the command names no subject.
 * @throws {CometError} `not-authorized` — the hook refused.
 * @throws {CometError} `unknown-session` — the session ended meanwhile.
 * @see `hub.subscribe` for other errors.
 */
export function addSubscription(call: SessionCall): Added | Promise<Added> {
  const { subject } = call.command;
  if (subject === undefined)
    throw new CometError('missing-field', 'no subject provided', { field: 'subject' });
  return after(askUpToDate(call, subject), () => {
    const node = clusterNodeOf(call.handler);
    return node === undefined ? add(call, subject) : addUpToDate(node, call, subject);
  });
}

// A hook that takes subscriptions away while it thinks makes its own verdict old: the last one counts.
const mostAsked = 3;

// What the hook said is out of date when rights have changed while it thought.
function askUpToDate(call: SessionCall, subject: string, asked = 1): undefined | Promise<undefined> {
  const verdict = askSubscribe(call, subject);
  const since = rightsOf(call.session);
  return after(verdict, () => {
    const now = rightsOf(call.session);
    if (now.epoch === since.epoch && (now.takenAway === since.takenAway || asked === mostAsked))
      return undefined;
    if (isAskedForEver(call.handler, 'subscribe', asked)) throw notAuthorized('subscribe');
    return askUpToDate(call, subject, asked + 1);
  });
}

// Either changes when the application changes rights: it has hooks asked again, or takes subscriptions away, if there are any.
function rightsOf(session: Session): { readonly epoch: number | undefined; readonly takenAway: unknown } {
  return { epoch: contextOf(session)?.epoch, takenAway: session.takenAway };
}

// While it was written it was not there to be taken away.
async function addUpToDate(node: ClusterNode, call: SessionCall, subject: string): Promise<Added> {
  const { session, handler } = call;
  const since = rightsOf(session);
  const added = await addEverywhere(node, call, subject);
  const now = rightsOf(session);
  if (now.epoch === since.epoch && now.takenAway === since.takenAway) return added;
  try {
    await askUpToDate(call, subject);
    return added;
  } catch (error) {
    handler.hub.revoke(session, (one) => one === added.subscription);
    throw error;
  }
}

function add(call: SessionCall, subject: string): Added {
  const { handler, session, command } = call;
  const made = madeBefore(call);
  if (made !== undefined) return { subscription: made, fresh: false };
  const { matching } = handler.settings;
  const subscription = handler.hub.subscribe(session, subject, {
    label: command.label,
    matching,
    conflate: command.conflate,
    fromNow: beginsNow(command),
  });
  contextOf(session)?.remember(handler.hub, call, [subscription]);
  return { subscription, fresh: true };
}

// Every node that may hold the session makes it at the same place.
async function addEverywhere(node: ClusterNode, call: SessionCall, subject: string): Promise<Added> {
  const { handler, session, command } = call;
  const made = await node.changes.madeBefore(session, command);
  if (made !== undefined) return { subscription: made, fresh: false };
  const { matching } = handler.settings;
  const wanted = { command, subject, matching, fromNow: beginsNow(command) };
  return { subscription: await node.changes.subscribe(session, wanted), fresh: true };
}

// The answer contains the history up to now, wherever the session itself continues.
function beginsNow({ verb, history }: Command): boolean {
  return verb === 'subscribe' && history !== undefined;
}

function madeBefore({ session, command }: SessionCall): Subscription | undefined {
  const [repeated] = contextOf(session)?.lookup(command) ?? [];
  if (repeated !== undefined && session.takenAway.includes(repeated)) {
    const reason = 'the subscription was taken away';
    throw new CometError('not-authorized', reason, { reason });
  }
  if (repeated !== undefined || command.verb === 'subscribe') return repeated;
  return session.subscriptions.find((one) => asksFor(command, one));
}
