import { CometError, checkSubject, type JsonValue, partsOfPattern } from '@cometkit/core';
import { ask, type Hook, type HookContext, isPromise, type JoinVerdict } from './authorize.ts';
import type { Call, SessionCall } from './call.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HookName } from './totals.ts';

/**
 * Calls the join hook.
 *
 * @returns the principal that the hook named.
 * @throws {CometError} `not-authorized` — the hook refused.
 */
export function askJoin({
  service,
  command,
  request,
}: Call): string | undefined | Promise<string | undefined> {
  const context: HookContext = { command, request, sessionId: undefined, principal: undefined };
  return consult(service, 'join', service.guards.join, context);
}

/**
 * Asks whether a session may subscribe: once for each part of a comma list, so that no part hides behind another. The hook
 * sees only parts that a subscription can have, one after the other, and none after the first that it refuses.
 *
 * @throws {CometError} `invalid-pattern`, `too-many-subscriptions`, `not-authorized`.
 */
export function askSubscribe(call: SessionCall, pattern: string): undefined | Promise<undefined> {
  const { hub, settings } = call.service;
  const parts = partsOfPattern(pattern, settings.matching, hub.limits);
  const limit = hub.limits.maxSubscriptions;
  if (parts.length > limit)
    throw new CometError('too-many-subscriptions', `a session has at most ${limit} subscriptions`, { limit });
  const hook = call.service.guards.subscribe;
  return inTurn(parts, (part) =>
    consult(call.service, 'subscribe', hook, { ...contextOf(call), pattern: part }),
  );
}

// No question is open while the next is asked: one that throws would leave the answers of the others to nobody.
function inTurn(parts: readonly string[], askOne: (part: string) => unknown): undefined | Promise<undefined> {
  for (const [index, part] of parts.entries()) {
    const verdict = askOne(part);
    if (isPromise(verdict)) return verdict.then(() => inTurn(parts.slice(index + 1), askOne));
  }
  return undefined;
}

/**
 * Asks whether a session may publish. The hook sees only subjects that an event can have.
 *
 * @throws {CometError} `invalid-subject`, `not-authorized`.
 */
export function askPublish(call: SessionCall, subject: string, data: JsonValue): unknown {
  checkSubject(subject, call.service.hub.limits, call.service.settings.matching);
  const hook = call.service.guards.publish;
  const context = { ...contextOf(call), subject, data, to: call.command.to };
  return consult(call.service, 'publish', hook, context);
}

function contextOf({ command, request, session }: SessionCall): HookContext {
  return { command, request, sessionId: session.id, principal: session.principal };
}

const doing: Readonly<Record<HookName, string>> = {
  join: 'joining',
  subscribe: 'subscribing',
  publish: 'publishing',
};

// Asks a hook, and counts how long it takes.
function consult<C>(
  service: HandlerContext,
  name: HookName,
  hook: Hook<C, JoinVerdict>,
  context: C,
): ReturnType<typeof ask> {
  const { hookTimeoutMs, runtime } = service.settings;
  const { totals } = service.output;
  const onError = (error: unknown, where: string): void => {
    totals.hookFailures[name] += 1;
    service.report(error, where);
  };
  const askIt = () => ask(hook, context, { what: doing[name], hookTimeoutMs, later: runtime.later, onError });
  if (typeof hook === 'boolean') return askIt();
  const askedAt = runtime.now();
  return whenDone(askIt, () => totals.hooks[name].add(runtime.now() - askedAt));
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
