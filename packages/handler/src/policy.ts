import { CometError, checkSubject, type JsonValue, partsOfPattern } from '@cometkit/core';
import {
  type Admission,
  type AskedOf,
  ask,
  type Hook,
  type HookContext,
  isPromise,
  type JoinVerdict,
  noteRefuser,
} from './authorize.ts';
import type { Call, SessionCall } from './call.ts';
import type { HandlerContext } from './handler-context.ts';

import { isToldByServer } from './roll/roots.ts';
import type { HookName } from './totals.ts';

/**
 * Calls the join hook.
 *
 * @returns whom the hook lets in, if it said more than yes.
 * @throws {CometError} `not-authorized` — the hook refused.
 */
export function askJoin({
  handler,
  command,
  request,
}: Call): Admission | undefined | Promise<Admission | undefined> {
  const context: HookContext = {
    command,
    request,
    sessionId: undefined,
    principal: undefined,
    session: undefined,
  };
  return consult(handler, 'join', handler.guards.join, context);
}

/**
 * Calls the subscribe hook, once for each part of a comma list, so that no part goes unchecked. The hook only sees
 * valid patterns, one after the other, and none after the first that it refuses.
 *
 * @throws {CometError} `invalid-pattern` — a part is not valid.
 * @throws {CometError} `too-many-subscriptions` — the session has too many.
 * @throws {CometError} `not-authorized` — the hook refused.
 */
export function askSubscribe(call: SessionCall, pattern: string): undefined | Promise<undefined> {
  const { hub, settings } = call.handler;
  const parts = partsOfPattern(pattern, settings.matching, hub.limits);
  const limit = hub.limits.maxSubscriptions;
  if (parts.length > limit)
    throw new CometError('too-many-subscriptions', `a session has at most ${limit} subscriptions`, { limit });
  const hook = call.handler.guards.subscribe;
  if (hook === true) return undefined;
  return inTurn(parts, (part) =>
    consult(call.handler, 'subscribe', hook, { ...contextOf(call), pattern: part }),
  );
}

// One call at a time: if one threw while others ran, nobody would handle their results.
function inTurn(parts: readonly string[], askOne: (part: string) => unknown): undefined | Promise<undefined> {
  for (let index = 0; index < parts.length; index += 1) {
    const verdict = askOne(parts[index] as string);
    if (isPromise(verdict)) return verdict.then(() => inTurn(parts.slice(index + 1), askOne));
  }
  return undefined;
}

/**
 * Calls the publish hook. It only sees valid subjects.
 *
 * @throws {CometError} `invalid-subject` — the subject is not valid.
 * @throws {CometError} `not-authorized` — the hook refused.
 */
export function askPublish(call: SessionCall, subject: string, data: JsonValue): unknown {
  checkSubject(subject, call.handler.hub.limits, call.handler.settings.matching);
  if (isToldByServer(subject))
    throw new CometError('not-authorized', 'only the server tells who is there', { reason: 'presence' });
  const hook = call.handler.guards.publish;
  const context = { ...contextOf(call), subject, data, to: call.command.to };
  return consult(call.handler, 'publish', hook, context);
}

// Rights that change so often while a hook thinks change because it thinks: it has hooks asked again itself.
const mostAsked = 10;

/**
 * Returns whether a hook was asked about one thing so often, because rights had changed meanwhile, that it would be asked for ever. Then
 * there is no verdict: the answer is no.
 */
export function isAskedForEver(handler: HandlerContext, name: HookName, asked: number): boolean {
  if (asked < mostAsked) return false;
  const reason = `rights changed each of ${mostAsked} times while it thought: it must not call hub.reauthorize for those whom it is asked about`;
  handler.report(new Error(reason), `authorize hook for ${doing[name]}`);
  return true;
}

/** Refuses what a hook was asked about without naming a reason. */
export function notAuthorized(name: HookName): CometError {
  const reason = `${doing[name]} is not authorized`;
  return new CometError('not-authorized', reason, { reason });
}

function contextOf({ command, request, session }: SessionCall): HookContext {
  return { command, request, sessionId: session.id, principal: session.principal, session };
}

const doing: Readonly<Record<HookName, string>> = {
  join: 'joining',
  subscribe: 'subscribing',
  publish: 'publishing',
};

// Calls a hook and measures how long it takes.
function consult<C>(
  handler: HandlerContext,
  name: HookName,
  hook: Hook<C, JoinVerdict>,
  context: C,
): ReturnType<typeof ask> {
  // Nobody to ask, nothing to measure: so for most endpoints, with every join.
  if (hook === true) return undefined;
  const { hookTimeoutMs, runtime } = handler.settings;
  const { totals } = handler.output;
  const onError = (error: unknown, where: string): void => {
    totals.hookFailures[name] += 1;
    handler.report(error, where);
  };
  const how = { what: doing[name], hookTimeoutMs, later: runtime.later, onError };
  const { pattern, subject } = context as Partial<Record<'pattern' | 'subject', string>>;
  const askIt = () => signed({ hook: name, about: pattern ?? subject }, () => ask(hook, context, how));
  if (typeof hook === 'boolean') return askIt();
  const askedAt = runtime.now();
  return whenDone(askIt, () => totals.hooks[name].add(runtime.now() - askedAt));
}

// A refusal says which hook it is of.
function signed<T>(by: AskedOf, work: () => T | Promise<T>): T | Promise<T> {
  const sign = (error: unknown): never => {
    noteRefuser(error, by);
    throw error;
  };
  try {
    const result = work();
    return isPromise(result) ? result.catch(sign) : result;
  } catch (error) {
    return sign(error);
  }
}

function whenDone<T>(work: () => T | Promise<T>, done: () => void): T | Promise<T> {
  let waits = false;
  try {
    const result = work();
    waits = isPromise(result);
    return isPromise(result) ? result.finally(done) : result;
  } finally {
    if (!waits) done();
  }
}
