import { CometError, type CometEvent, type JsonValue } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
import { checkData } from '../check-data.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import type { HttpResponse } from '../http.ts';
import { askPublish } from '../policy.ts';
import { contextOf } from '../session-context.ts';
import { accepted, repeatAnswer, wasAccepted } from './repeat-answer.ts';

/**
 * `publish`: sends an event to all subscribers of a subject, or with `to` to one session.
 *
 * @remarks
 * A publish to a session that does not exist is acknowledged like any other, so that no client can find out which
 * sessions exist.
 */
export function publish(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const subject = subjectOf(call);
  if (subject === undefined)
    throw new CometError('missing-field', 'no subject provided', { field: 'subject' });
  return after(checkData(call, subject), (data) =>
    after(askPublish(call, subject, data), () => accept(call, subject, data)),
  );
}

// With prefix matching, spaces before a subject are ignored, so the hook sees the subject that subscribers match.
function subjectOf({ command: { subject }, handler }: SessionCall): string | undefined {
  if (handler.settings.matching === 'path') return subject;
  const named = subject?.replace(/^ +| +$/g, '');
  return named === '' ? undefined : named;
}

function accept(call: SessionCall, subject: string, data: JsonValue): HttpResponse | Promise<HttpResponse> {
  const { handler, session, command } = call;
  const { to, messageId } = command;
  // The session may have left while a hook ran.
  if (session.closed) return repeatAnswer(call);
  noteMessage(call);
  const options = { from: session, messageId, matching: handler.settings.matching };
  const clustered = clusterNodeOf(handler) !== undefined;
  if (to === undefined) {
    // A message that is repeated is heard once.
    const repeated = wasAccepted(handler, session, command);
    const published = handler.hub.publish(subject, data, options);
    if (clustered) return published.accepted().then((event) => acceptedAs(call, event, repeated));
    return acceptedAs(call, published, repeated);
  }
  const sent = handler.hub.send(to, subject, data, options);
  return sent !== undefined && clustered ? sent.accepted().then(() => accepted(call)) : accepted(call);
}

function noteMessage({ session, command }: SessionCall): void {
  const context = contextOf(session);
  if (context !== undefined && command.messageId !== undefined) context.published = true;
}

function acceptedAs(call: SessionCall, event: CometEvent, repeated: boolean): HttpResponse {
  if (!repeated) call.handler.talk.heard(event, call.session);
  return accepted(call);
}
