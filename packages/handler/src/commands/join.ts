import { answer } from '../answer.ts';
import { after, type Call, control } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { openSession, protocolVersion } from './open-session.ts';

/** `join`: makes a session. Modern formats are told its key and where the stream stands. */
export function join(call: Call): HttpResponse | Promise<HttpResponse> {
  return after(openSession(call), ({ call: joined, headers }) => {
    const { session, format, service } = joined;
    const modern = !format.classic;
    const ack = control('join-ack', [
      ['p_id', session.id],
      ['p_key', modern ? session.secret : undefined],
      ['p_format', format.name],
      ['p_time', service.time],
      ['p_cur', modern ? session.cursor : undefined],
      ['p_ver', modern ? protocolVersion : undefined],
    ]);
    return answer(joined, [ack], headers);
  });
}
