import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';

/** `hb` and `ack`: they only renew the lease, and confirm when they carry a cursor. */
export function heartbeat(call: SessionCall): HttpResponse {
  return answer(call, [control(`${call.command.verb}-ack`, [['p_time', call.service.time]])]);
}
