import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';

/** `leave`: ends the session and its open channel. */
export function leave(call: SessionCall): HttpResponse {
  const { handler, session } = call;
  handler.hub.leave(session);
  return answer(call, [
    control('leave-ack', [
      ['session', session.id],
      ['time', handler.time],
    ]),
  ]);
}
