import { isPromise } from '../authorize.ts';
import { after, type Call } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { type Added, addSubscription } from './add-subscription.ts';
import { channelMode, openChannel } from './listen.ts';
import { type Opened, openSession } from './open-session.ts';

/** `join-listen`: makes a session, subscribes if a subject is named, and opens the data channel, in one request. */
export function joinListen(call: Call): HttpResponse | Promise<HttpResponse> {
  const mode = channelMode(call);
  return after(openSession(call), (opened) =>
    after(firstSubscription(opened), (added) => openChannel(opened.call, mode, added, opened.headers)),
  );
}

// If the first subscription is refused, the new session is removed rather than left to expire, unless it had
// subscriptions before: then this join repeats an earlier one.
function firstSubscription({ call }: Opened): Added | undefined | Promise<Added> {
  const { handler, session, command } = call;
  if (command.subject === undefined) return undefined;
  const leave = () => {
    if (session.subscriptions.length === 0) handler.hub.leave(session);
  };
  try {
    const added = addSubscription(call);
    if (!isPromise(added)) return added;
    return added.catch((error) => {
      leave();
      throw error;
    });
  } catch (error) {
    leave();
    throw error;
  }
}
