import { answer } from '../answer.ts';
import { after, control, type SessionCall } from '../call.ts';
import { historyField, historyOf } from '../history-reply.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';
import { addSubscription } from './add-subscription.ts';

/**
 * `subscribe`: adds one subscription, however many patterns its comma list has.
 *
 * @remarks
 * The answer to a modern client contains the cursor from which events arrive live, and the past events that it asked
 * for.
 *
 * @throws {CometError} `too-busy` — the client does not read the pasts that it asks for.
 */
export function subscribe(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { handler, session, format, command } = call;
  const { unread } = handler.output;
  if (command.history !== undefined) unread.check(contextOf(session));
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
    return unread.given(call, answer(call, [ack, ...past]));
  });
}
