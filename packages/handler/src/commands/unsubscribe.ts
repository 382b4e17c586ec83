import type { Subscription } from '@cometkit/core';
import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import { type ClusterNode, clusterNodeOf } from '../cluster/cluster-node.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/** `unsubscribe`: ends one subscription, by its id or by the message that made it, or all of them when neither is given. */
export function unsubscribe(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const node = clusterNodeOf(call.handler);
  if (node !== undefined) return endEverywhere(node, call).then((ended) => told(call, ended));
  const { session, command } = call;
  const context = contextOf(session);
  const ended = context?.lookup(command) ?? end(call);
  context?.remember(call.handler.hub, call, ended);
  return told(call, ended);
}

function told(call: SessionCall, ended: readonly Subscription[]): HttpResponse {
  const { handler, session, command } = call;
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

async function endEverywhere(node: ClusterNode, call: SessionCall): Promise<readonly Subscription[]> {
  const { session, command, format } = call;
  const { changes } = node;
  if ((await changes.seen(session, 'unsubscribe', command.messageId)) !== undefined) return [];
  const made = await changes.seen(session, 'subscribe', command.made);
  if (command.made !== undefined && !session.subscriptions.some(({ id }) => id === made?.sid)) return [];
  const sid = made?.sid ?? command.sid;
  try {
    return await changes.unsubscribe(session, sid, command);
  } catch (error) {
    throw answersIn(format).unknownSubscription(error, sid);
  }
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
