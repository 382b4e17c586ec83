import { formatOf } from '@cometkit/codec';
import { after, type Call, type SessionCall } from '../call.ts';
import { bind, cookieFor } from '../credentials.ts';
import type { HttpHeaders } from '../http.ts';
import { mountPath } from '../mount-path.ts';
import { askJoin } from '../policy.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf, SessionContext } from '../session-context.ts';

/** The version of the modern wire, told at join. */
export const protocolVersion = 1;

/** A session that was made, and the headers that the client must be given with the news. */
export interface Opened {
  readonly call: SessionCall;
  readonly headers: HttpHeaders;
}

/**
 * Makes the session of a join, if the join hook lets it. The same nonce gives the same session, for a client whose
 * answer was lost.
 *
 * @throws CometError `too-busy` when its address joins too fast or too many joins wait for the hook, `not-authorized`, `too-many-sessions`, `hub-closed`.
 */
export function openSession(call: Call): Opened | Promise<Opened> {
  const { service, request } = call;
  service.noteAddress(request);
  service.joins.pass(request);
  return after(
    service.pendingJoins.ask(request, () => askJoin(call)),
    (principal) => admit(call, principal),
  );
}

function admit(call: Call, principal: string | undefined): Opened {
  const { service, request, command, format } = call;
  const { settings, hub } = service;
  const given = new SessionContext(
    // What a request of this session will be answered in that names no format: never the frames of a socket.
    formatOf(format.name) ?? format,
    bind(request, format, { ...settings, randomId: settings.runtime.randomId }),
  );
  const session = hub.join({ principal, nonce: command.nonce, context: given, after: resumeCursor(call) });
  call.carrier?.joined(session);
  const { binding } = contextOf(session) ?? given;
  const cookie = cookieFor(binding, settings.publicPath ?? mountPath(request.path), request.secure);
  return { call: { ...call, session }, headers: cookie === undefined ? {} : { 'set-cookie': cookie } };
}
