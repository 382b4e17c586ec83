import { CometError, type Subscription } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { askSubscribe } from '../policy.ts';
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
  return after(askSubscribe(call, subject), () => add(call, subject));
}

function add(call: SessionCall, subject: string): Added {
  const { handler, session, command } = call;
  const made = madeBefore(call, subject);
  if (made !== undefined) return { subscription: made, fresh: false };
  const { label, verb, history } = command;
  const { matching } = handler.settings;
  // The answer contains the history up to now, wherever the session itself continues.
  const fromNow = verb === 'subscribe' && history !== undefined;
  const subscription = handler.hub.subscribe(session, subject, { label, matching, fromNow });
  contextOf(session)?.remember(command, [subscription]);
  return { subscription, fresh: true };
}

function madeBefore({ session, command }: SessionCall, subject: string): Subscription | undefined {
  const [repeated] = contextOf(session)?.lookup(command) ?? [];
  if (repeated !== undefined && session.takenAway.includes(repeated)) {
    const reason = 'the subscription was taken away';
    throw new CometError('not-authorized', reason, { reason });
  }
  if (repeated !== undefined || command.verb === 'subscribe') return repeated;
  return session.subscriptions.find(({ pattern, label }) => pattern === subject && label === command.label);
}
