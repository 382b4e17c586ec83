import { CometError, type PublishOptions } from '@cometkit/core';
import { after, type SessionCall } from '../call.ts';
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
  const { data } = call.command;
  const subject = subjectOf(call);
  if (subject === undefined)
    throw new CometError('missing-field', 'no subject provided', { field: 'subject' });
  return after(askPublish(call, subject, data), () => accept(call, subject));
}

// With prefix matching, spaces before a subject are ignored, so the hook sees the subject that subscribers match.
function subjectOf({ command: { subject }, handler }: SessionCall): string | undefined {
  if (handler.settings.matching === 'path') return subject;
  const named = subject?.replace(/^ +| +$/g, '');
  return named === '' ? undefined : named;
}

function accept(call: SessionCall, subject: string): HttpResponse {
  const { handler, session, command } = call;
  const { data, to, messageId } = command;
  // The session may have left while a hook ran.
  if (session.closed) return repeatAnswer(call);
  noteMessage(call);
  const options = { from: session, messageId, matching: handler.settings.matching };
  if (to === undefined) publishToAll(call, subject, options);
  else handler.hub.send(to, subject, data, options);
  return accepted(call);
}

function noteMessage({ session, command }: SessionCall): void {
  const context = contextOf(session);
  if (context !== undefined && command.messageId !== undefined) context.published = true;
}

// A message that is repeated is heard once.
function publishToAll(call: SessionCall, subject: string, options: PublishOptions): void {
  const { handler, session, command } = call;
  const repeated = wasAccepted(handler, session, command);
  const event = handler.hub.publish(subject, command.data, options);
  if (!repeated) handler.talk.heard(event, session);
}
