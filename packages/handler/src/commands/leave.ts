import { answer } from '../answer.ts';
import { after, control, type SessionCall } from '../call.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import type { HttpResponse } from '../http.ts';

/** `leave`: ends the session and its open channel. */
export function leave(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { handler, session } = call;
  const left = clusterNodeOf(handler)?.changes.leave(session) ?? handler.hub.leave(session);
  return after(left, () =>
    answer(call, [
      control('leave-ack', [
        ['session', session.id],
        ['time', handler.time],
      ]),
    ]),
  );
}
