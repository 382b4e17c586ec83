import { answer } from '../answer.ts';
import { after, type Call, control } from '../call.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { HttpResponse } from '../http.ts';
import { openSession, protocolVersion } from './open-session.ts';

/** `join`: makes a session. Modern clients get its key and the cursor of the stream. */
export function join(call: Call): HttpResponse | Promise<HttpResponse> {
  return after(openSession(call), ({ call: joined, headers }) => {
    const { session, format, handler } = joined;
    const { tellsKey, formatName } = answersIn(format);
    const ack = control('join-ack', [
      ['session', session.id],
      ['key', tellsKey ? session.secret : undefined],
      ['format', formatName(format)],
      ['time', handler.time],
      ['cursor', tellsKey ? session.cursor : undefined],
      ['version', tellsKey ? protocolVersion : undefined],
    ]);
    return answer(joined, [ack], headers);
  });
}
