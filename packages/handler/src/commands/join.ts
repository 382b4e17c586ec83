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
      ['session', session.id],
      ['key', modern ? session.secret : undefined],
      ['format', modern ? undefined : format.name],
      ['time', service.time],
      ['cursor', modern ? session.cursor : undefined],
      ['version', modern ? protocolVersion : undefined],
    ]);
    return answer(joined, [ack], headers);
  });
}
