import type { Subscription } from '@cometkit/core';
import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/** `unsubscribe`: ends one subscription, by its id or by the message that made it, or all of them when neither is given. */
export function unsubscribe(call: SessionCall): HttpResponse {
  const { handler, session, command } = call;
  const context = contextOf(session);
  const ended = context?.lookup(command) ?? end(call);
  context?.remember(command, ended);
  const one = command.sid === undefined && command.made === undefined ? undefined : ended[0];
  return answer(call, [
    control('unsubscribe-ack', [
      ['session', session.id],
      ['subscription', one?.id],
      ['subject', one?.pattern],
      ['label', one?.label],
      ['time', handler.time],
    ]),
  ]);
}

function end(call: SessionCall): readonly Subscription[] {
  const { handler, session, command, format } = call;
  const { sid, made } = command;
  if (made !== undefined) return endMade(call, made);
  try {
    return handler.hub.unsubscribe(session, sid);
  } catch (error) {
    throw answersIn(format).unknownSubscription(error, sid);
  }
}

// The subscription may exist or not if its answer was lost; either way it is gone afterwards.
function endMade({ handler, session }: SessionCall, messageId: string): readonly Subscription[] {
  const made = contextOf(session)?.lookup({ verb: 'subscribe', messageId }) ?? [];
  const standing = made.filter((subscription) => session.subscriptions.includes(subscription));
  return standing.flatMap(({ id }) => handler.hub.unsubscribe(session, id));
}
