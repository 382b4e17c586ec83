import { CometError, checkSubject, type JsonValue } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { checkData } from '../check-data.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';
import { accepted } from './repeat-answer.ts';

/**
 * `request`: asks the server's handler of a subject. The acknowledgement says that it runs; its answer is an event for the session
 * alone, named `request-answer`, with the `messageId` and the `value` or the `error`.
 *
 * @remarks
 * A request that is sent again, because its acknowledgement was lost, is acknowledged and not carried out again, by any node of a
 * cluster: an answer that does not come is told by the time that its client waits. The dialect of the
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
  // What has been claimed is carried out: it would be taken for a repetition when it is sent again.
  handler.talk.checkRoom(session);
  return after(checkData(call, subject), (data) =>
    after(clusterNodeOf(handler)?.claims.take(session.id, messageId) ?? true, (mine) => {
      if (mine) begin(call, messageId, { subject, data });
      return accepted(call);
    }),
  );
}

function begin(
  { handler, session }: SessionCall,
  messageId: string,
  message: { readonly subject: string; readonly data: JsonValue },
): void {
  handler.talk.asked(session, messageId, message);
  const context = contextOf(session);
  if (context !== undefined) context.published = true;
}

function missing(field: string): CometError {
  return new CometError('missing-field', `no ${field} provided`, { field });
}
