import { CometError, type Subscription } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { askSubscribe } from '../policy.ts';

/**
 * Adds the subscription that a command names, if the subscribe hook lets it.
 *
 * @throws CometError `missing-field`, `not-authorized`, `unknown-session` when the session ended meanwhile, and what
 *   `hub.subscribe` throws.
 */
export function addSubscription(call: SessionCall): Subscription | Promise<Subscription> {
  const { service, session, command } = call;
  const { subject, label } = command;
  if (subject === undefined)
    throw new CometError('missing-field', 'no subject provided', { field: 'p_subject' });
  const { matching } = service.settings;
  return after(askSubscribe(call, subject), () =>
    service.hub.subscribe(session, subject, { label, matching }),
  );
}
