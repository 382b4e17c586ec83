import { nonceFor } from '../answer.ts';
import type { SessionCall } from '../call.ts';
import type { FiniteResponse } from '../http.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf, type SessionContext } from '../session-context.ts';
import { type Held, LongPollTransport } from '../transports/long-poll.ts';

/** `refresh`: the next answer of a pull or poll client; a pull is held until there is something to say. */
export function refresh(call: SessionCall): FiniteResponse | Held {
  const { service, session, format, command } = call;
  const context = contextOf(session);
  if (context !== undefined) {
    if (command.mode !== undefined && command.mode !== 'stream') context.mode = command.mode;
    else if (context.mode === 'stream') context.mode = 'pull';
    takeAsRead(call, context);
  }
  const transport = new LongPollTransport(call, nonceFor(service, format));
  return transport.answer(resumeCursor(call), context?.mode !== 'poll');
}

// A client that acknowledges says itself what it has. Of another, an answer that left completely is taken to be read, and
// one that was cut off is given again.
function takeAsRead({ session, command, format }: SessionCall, { answer }: SessionContext): void {
  // Classic pages follow p_url, where the cursor stands: they echo it without knowing, and promise nothing.
  if (command.ack !== undefined && !format.classic) session.acknowledges = true;
  if (session.acknowledges || command.ack !== undefined || answer?.complete !== true) return;
  if (answer.position > session.confirmed) session.confirm(answer.position);
}
