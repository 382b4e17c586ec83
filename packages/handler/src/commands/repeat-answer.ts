import type { Session } from '@cometkit/core';
import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import { Moved } from '../cluster/moved.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { HttpResponse } from '../http.ts';
import type { Verb } from '../wire-names.ts';

/** Returns whether a message or a request of a session was accepted before, also when the session has ended since. */
export function wasAccepted(
  { hub, talk }: HandlerContext,
  session: Session,
  { verb, messageId }: { readonly verb: Verb | undefined; readonly messageId: string | undefined },
): boolean {
  if (messageId === undefined) return false;
  if (verb === 'publish') return hub.hasAccepted(session, messageId);
  return verb === 'request' && talk.knows(session, messageId);
}

/**
 * Answers a command of a session that has ended: like the first time, if it is a message or a request that was accepted then.
 *
 * @throws {Moved} it is no such command.
 */
export function repeatAnswer(call: SessionCall): HttpResponse {
  if (wasAccepted(call.handler, call.session, call.command)) return accepted(call);
  throw new Moved();
}

/** The answer to a message or a request that was accepted. */
export function accepted(call: SessionCall): HttpResponse {
  const { verb } = call.command;
  return answer(call, [
    control(verb === 'request' ? 'request-ack' : 'publish-ack', [['time', call.handler.time]]),
  ]);
}
