import type { Subscription } from '@cometkit/core';
import { isPromise } from '../authorize.ts';
import { after, type Call } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { addSubscription } from './add-subscription.ts';
import { openChannel } from './listen.ts';
import { type Opened, openSession } from './open-session.ts';

/** `join-listen`: makes a session, subscribes if a subject is named, and opens the data channel, in one request. */
export function joinListen(call: Call): HttpResponse | Promise<HttpResponse> {
  return after(openSession(call), (opened) =>
    after(firstSubscription(opened), (subscription) =>
      openChannel(opened.call, subscription, opened.headers),
    ),
  );
}

// A session whose first subscription is refused would only wait for its lease to end.
function firstSubscription({ call }: Opened): Subscription | undefined | Promise<Subscription> {
  if (call.command.subject === undefined) return undefined;
  const leave = () => call.service.hub.leave(call.session);
  try {
    const subscription = addSubscription(call);
    if (isPromise(subscription)) {
      return subscription.catch((error) => {
        leave();
        throw error;
      });
    }
    return subscription;
  } catch (error) {
    leave();
    throw error;
  }
}
