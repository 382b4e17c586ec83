import { CometError, checkSubject, type JsonValue, partsOfPattern } from '@cometkit/core';
import { type Asking, ask, type HookContext, isPromise } from './authorize.ts';
import type { Call, SessionCall } from './call.ts';
import type { Service } from './service.ts';

/**
 * Asks whether a client may join. Shape: the principal that the hook named.
 *
 * @throws CometError `not-authorized`.
 */
export function askJoin({
  service,
  command,
  request,
}: Call): string | undefined | Promise<string | undefined> {
  const context: HookContext = { command, request, sessionId: undefined, principal: undefined };
  return ask(service.guards.join, context, asking(service, 'joining'));
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
  const how = asking(call.service, 'subscribing');
  return inTurn(parts, (part) => ask(hook, { ...contextOf(call), pattern: part }, how));
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
  return ask(hook, context, asking(call.service, 'publishing'));
}

function contextOf({ command, request, session }: SessionCall): HookContext {
  return { command, request, sessionId: session.id, principal: session.principal };
}

function asking(service: Service, what: string): Asking {
  const { hookTimeoutMs, runtime } = service.settings;
  return {
    what,
    hookTimeoutMs,
    later: runtime.later,
    onError: (error, where) => service.report(error, where),
  };
}
