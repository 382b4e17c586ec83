import { answer } from '../answer.ts';
import { after, control, type SessionCall } from '../call.ts';
import { historyField, historyOf } from '../history-reply.ts';
import type { HttpResponse } from '../http.ts';
import { addSubscription } from './add-subscription.ts';

/**
 * `subscribe`: adds one subscription, however many patterns its comma list has.
 *
 * @remarks
 * The answer to a modern client contains the cursor from which events arrive live, and the past events that it asked
 * for.
 */
export function subscribe(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { handler, session, format } = call;
  return after(addSubscription(call), (added) => {
    const { subscription } = added;
    const past = historyOf(call, added);
    const ack = control('subscribe-ack', [
      ['session', session.id],
      ['subject', subscription.pattern],
      ['subscription', subscription.id],
      ['label', subscription.label],
      ['from', format.cursors ? subscription.cursor : undefined],
      ['past', historyField(call, past)],
      ['time', handler.time],
    ]);
    return answer(call, [ack, ...past]);
  });
}
