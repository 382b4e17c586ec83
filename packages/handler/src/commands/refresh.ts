import { nonceFor } from '../answer.ts';
import type { SessionCall } from '../call.ts';
import type { FiniteResponse, PendingResponse } from '../http.ts';
import { pollOf } from '../poll.ts';
import { listens } from '../reauthorize.ts';
import { settleLast } from '../redelivery.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf } from '../session-context.ts';
import { LongPollTransport } from '../transports/long-poll.ts';

/** `refresh`: asks for the next answer of a long poll or poll; a long poll is held until there is something to send. @throws {CometError} `too-busy` — the client does not read its answers. */
export function refresh(call: SessionCall): FiniteResponse | PendingResponse {
  const { handler, session, format, command } = call;
  const context = contextOf(session);
  handler.output.unread.check(context);
  if (context !== undefined) {
    if (command.mode !== undefined && command.mode !== 'stream') context.mode = command.mode;
    else if (context.mode === 'stream') context.mode = 'long-poll';
  }
  const again = settleLast(call);
  const transport = new LongPollTransport(pollOf(call), nonceFor(handler, format));
  call.request.watch(transport);
  const given = transport.answer(resumeCursor(call), context?.mode !== 'poll', again);
  listens(call);
  return given;
}
