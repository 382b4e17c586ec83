import { CometError, checkSubject } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { checkData } from '../check-data.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';
import { accepted } from './repeat-answer.ts';

/**
 * `request`: asks the server's handler of a subject. The acknowledgement says that it runs; its answer is an event for the session
 * alone, named `request-answer`, with the `messageId` and the `value` or the `error`.
 *
 * @remarks
 * A request that is sent again, because its acknowledgement was lost, is acknowledged and not carried out again. The dialect of the
 * original protocol has none: there a link could ask for it.
 *
 * @throws {CometError} `missing-field` — `subject` or `messageId`, without which nobody could tell the answers apart.
 * @throws {CometError} `no-handler`, `invalid-subject`, `too-busy`, `unknown-command`.
 */
export function request(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { handler, session, command } = call;
  const { dialect, subject, messageId } = command;
  if (!dialect.hasRequests)
    throw new CometError('unknown-command', `${dialect.nameOf('type')} names no command`, {});
  if (subject === undefined) throw missing('subject');
  if (messageId === undefined) throw missing('messageId');
  checkSubject(subject, handler.hub.limits, handler.settings.matching);
  if (handler.talk.knows(session, messageId)) return accepted(call);
  return after(checkData(call, subject), (data) => {
    handler.talk.asked(session, messageId, { subject, data });
    const context = contextOf(session);
    if (context !== undefined) context.published = true;
    return accepted(call);
  });
}

function missing(field: string): CometError {
  return new CometError('missing-field', `no ${field} provided`, { field });
}
