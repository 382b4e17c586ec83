import type { Hub, Session, Subscription } from '@cometkit/core';
import { type Admission, isPromise } from './authorize.ts';
import type { SessionCall } from './call.ts';
import { endSoon } from './expiry.ts';
import type { HandlerContext } from './handler-context.ts';
import { askSubscribe, isAskedForEver, notAuthorized } from './policy.ts';
import { contextOf } from './session-context.ts';

// How long a client has to show fresh credentials, in milliseconds.
const answerMs = 10_000;

// The users about whom hooks were to be asked again, for each join that waits for its hook.
const joiningOf = new WeakMap<Hub, Set<Set<string>>>();

// The commands that opened the channels that are open now.
const channels = new WeakMap<Session, SessionCall>();

/** Lets the application end and renew admissions through the hub; of several handlers the newest does. */
export function reauthorizes(handler: HandlerContext): void {
  const { hub } = handler;
  hub.reauthorize = async (who) => {
    const sessions = sessionsOf(hub, who);
    hub.cluster?.reauthorize(who);
    return askAbout(handler, sessions);
  };
  if (hub.cluster !== undefined)
    hub.cluster.asked = (who) =>
      void askAbout(handler, sessionsOf(hub, who)).catch((error) =>
        handler.report(error, 'reauthorize() of another node'),
      );
  if (joiningOf.has(hub)) return;
  joiningOf.set(hub, new Set());
  const forget = (session: Session): void => void channels.delete(session);
  hub.on('detached', forget);
  hub.on('session-closed', forget);
}

function sessionsOf(hub: Hub, who: Session | string): readonly Session[] {
  if (typeof who === 'string') {
    for (const names of joiningOf.get(hub) ?? []) names.add(who);
    return [...hub.sessions()].filter(({ principal }) => principal === who);
  }
  if (typeof who?.id !== 'string') throw new TypeError('the first argument must be a session or a principal');
  return [who];
}

async function askAbout(handler: HandlerContext, sessions: readonly Session[]): Promise<number> {
  const counts = await Promise.all(sessions.map((session) => askNow(handler, session)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function askNow(handler: HandlerContext, session: Session): Promise<number> {
  const context = contextOf(session);
  if (session.closed || context === undefined) return 0;
  context.epoch += 1;
  const channel = channels.get(session);
  if (typeof (channel?.handler ?? handler).guards.join === 'function') endSoon(handler, session, answerMs);
  // Not from within a review: the hook that is asked may be who wants it.
  if (channel !== undefined && context.reviews === 0) return askAboutAll(channel);
  context.due = true;
  return 0;
}

/** Remembers the command that opened a channel, if there is a hook that could ask about it. */
export function listens(call: SessionCall): void {
  if (call.session.attached && call.handler.guards.look) channels.set(call.session, call);
}

/**
 * Asks the subscribe hook about all subscriptions of a session, and takes away those that it refuses. If it was to be asked again
 * meanwhile, it is asked again afterwards, however often that was said.
 *
 * @returns how many were taken away.
 */
export async function askAboutAll(call: SessionCall, asked = 1): Promise<number> {
  const { session, handler } = call;
  const context = contextOf(session);
  if (context === undefined) return askOnce(call);
  context.due = false;
  context.reviews += 1;
  const ended = await askOnce(call).finally(() => {
    context.reviews -= 1;
  });
  if (!context.due || session.closed) return ended;
  if (!isAskedForEver(handler, 'subscribe', asked)) return ended + (await askAboutAll(call, asked + 1));
  context.due = false;
  return ended + handler.hub.revoke(session, () => true).length;
}

async function askOnce(call: SessionCall): Promise<number> {
  const { session, handler } = call;
  if (typeof handler.guards.subscribe !== 'function') return 0;
  const asked = session.subscriptions.map(async (subscription) => {
    if (await isAllowed(call, subscription)) return 0;
    return handler.hub.revoke(session, (one) => one === subscription).length;
  });
  return (await Promise.all(asked)).reduce((sum, count) => sum + count, 0);
}

// As if it were asked for now. Whatever keeps the hook from saying yes is a no.
async function isAllowed(
  call: SessionCall,
  { pattern, label, conflates: conflate }: Subscription,
): Promise<boolean> {
  const command = Object.freeze({
    ...call.command,
    verb: 'subscribe' as const,
    subject: pattern,
    label,
    conflate,
  });
  try {
    await askSubscribe({ ...call, command }, pattern);
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks a join hook, and again if it was to be asked anew about the same user while it had not answered.
 *
 * @throws {CometError} `not-authorized` — the hook refused, or rights changed each time that it was asked.
 */
export function askUpToDate(
  handler: HandlerContext,
  ask: () => Admission | undefined | Promise<Admission | undefined>,
  asked = 1,
): Admission | undefined | Promise<Admission | undefined> {
  const verdict = ask();
  const joining = joiningOf.get(handler.hub);
  if (!isPromise(verdict) || joining === undefined) return verdict;
  const names = new Set<string>();
  joining.add(names);
  return verdict
    .finally(() => joining.delete(names))
    .then((admission) => {
      const { principal } = admission ?? {};
      if (principal === undefined || !names.has(principal)) return admission;
      if (isAskedForEver(handler, 'join', asked)) throw notAuthorized('join');
      return askUpToDate(handler, ask, asked + 1);
    });
}
