import type { JsonValue } from '@cometkit/core';
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
  return ask(service.settings.authorize.join ?? true, context, asking(service, 'joining'));
}

/**
 * Asks whether a session may subscribe: once for each part of a comma list, so that no part hides behind another.
 *
 * @throws CometError `not-authorized`.
 */
export function askSubscribe(call: SessionCall, pattern: string): unknown {
  const hook = call.service.settings.authorize.subscribe ?? true;
  const how = asking(call.service, 'subscribing');
  const verdicts = pattern.split(',').map((part) => ask(hook, { ...contextOf(call), pattern: part }, how));
  return verdicts.some(isPromise) ? Promise.all(verdicts) : undefined;
}

/**
 * Asks whether a session may publish.
 *
 * @throws CometError `not-authorized`.
 */
export function askPublish(call: SessionCall, subject: string, data: JsonValue): unknown {
  const hook = call.service.settings.authorize.publish ?? false;
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
