import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { contextOf } from '../session-context.ts';

/**
 * `heartbeat` and `ack`: they renew the lease, and confirm when they carry a cursor.
 *
 * Shape: with `probe` the client also gets a heartbeat on its open stream at once, and so learns whether anything on the
 * way holds that back.
 */
export function heartbeat(call: SessionCall): HttpResponse {
  const { verb, probe } = call.command;
  if (probe !== undefined) contextOf(call.session)?.stream?.beat();
  return answer(call, [
    control(`${verb}-ack`, [
      ['time', call.service.time],
      ['probe', probe],
    ]),
  ]);
}
