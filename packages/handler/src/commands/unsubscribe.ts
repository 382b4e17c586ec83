import { CometError, type Subscription } from '@cometkit/core';
import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/** `unsubscribe`: ends one subscription, or all of them when no `p_sid` is given. */
export function unsubscribe(call: SessionCall): HttpResponse {
  const { service, session, command } = call;
  const context = contextOf(session);
  const ended = context?.recall(command) ?? end(call);
  context?.remember(command, ended);
  const one = command.sid === undefined ? undefined : ended[0];
  return answer(call, [
    control('unsubscribe-ack', [
      ['p_id', session.id],
      ['p_sid', one?.id],
      ['p_subject', one?.pattern],
      ['p_label', one?.label],
      ['p_time', service.time],
    ]),
  ]);
}

const harmless = /^[\w./:-]{1,64}$/;

// The original names the subscription in its reason, and programs show that. What is not plain is not repeated.
function end({ service, session, command, format }: SessionCall): readonly Subscription[] {
  const { sid } = command;
  try {
    return service.hub.unsubscribe(session, sid);
  } catch (error) {
    const unknown = error instanceof CometError && error.code === 'unknown-subscription';
    if (!unknown || !format.classic || sid === undefined || !harmless.test(sid)) throw error;
    throw new CometError('unknown-subscription', `no subscription for sid=${sid}`, {}, { cause: error });
  }
}
