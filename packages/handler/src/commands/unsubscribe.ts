import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/** `unsubscribe`: ends one subscription, or all of them when no `p_sid` is given. */
export function unsubscribe(call: SessionCall): HttpResponse {
  const { service, session, command } = call;
  const context = contextOf(session);
  const ended = context?.recall(command) ?? service.hub.unsubscribe(session, command.sid);
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
