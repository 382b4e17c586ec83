import { answer } from '../answer.ts';
import { after, control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { pastOf } from '../past.ts';
import { addSubscription } from './add-subscription.ts';

/**
 * `subscribe`: adds one subscription, whatever the number of patterns in its comma list.
 *
 * Shape: modern clients are told from which place on its events come live, and in the same answer get the past ones that
 * they asked for.
 */
export function subscribe(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { service, session, format } = call;
  return after(addSubscription(call), (subscription) => {
    // A session that resumes gets everything since its old place over its channel.
    const place = session.claim === undefined ? service.hub.cursor() : session.cursor;
    const ack = control('subscribe-ack', [
      ['p_id', session.id],
      ['p_subject', subscription.pattern],
      ['p_sid', subscription.id],
      ['p_label', subscription.label],
      ['p_from', format.classic ? undefined : place],
      ['p_time', service.time],
    ]);
    return answer(call, [ack, ...pastOf(call, subscription)]);
  });
}
