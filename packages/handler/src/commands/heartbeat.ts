import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/**
 * `heartbeat` and `ack`: renew the lease, and acknowledge if they carry a cursor.
 *
 * @remarks
 * With `probe` the client also gets a heartbeat on its open stream immediately, and so finds out whether a proxy
 * buffers the stream.
 */
export function heartbeat(call: SessionCall): HttpResponse {
  const { verb, probe } = call.command;
  if (probe !== undefined) {
    const asked = { ack: undefined, generation: undefined, beat: true };
    if (clusterNodeOf(call.handler)?.pass(call.session, asked) !== true)
      contextOf(call.session)?.stream?.beat();
  }
  return answer(call, [
    control(`${verb}-ack`, [
      ['time', call.handler.time],
      ['probe', probe],
    ]),
  ]);
}
