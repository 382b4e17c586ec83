import type { Session } from '@cometkit/core';
import { normalAddress } from '../address.ts';
import type { Admission } from '../authorize.ts';
import { after, type Call, type SessionCall } from '../call.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import { bind, cookieFor, endedCookies, tokensOf } from '../credentials.ts';
import { answersIn } from '../dialects/answers-in.ts';
import { responseFormat } from '../dialects/formats.ts';
import { checkExpiry, expire } from '../expiry.ts';
import type { HttpHeaders } from '../http.ts';
import { mountPath } from '../mount-path.ts';
import { askJoin } from '../policy.ts';
import { countedAs, neighbourhoodsOf } from '../rate-limit.ts';
import { askUpToDate } from '../reauthorize.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { shownBy } from '../same-user.ts';
import { contextOf, SessionContext } from '../session-context.ts';
import { tokensOfSessions } from '../tokens.ts';

/** The version of the modern wire protocol, sent with a join. */
export const protocolVersion = 1;
// As many tabs as a browser may have open.
const sparedCookies = 32;

/** A new session, and the headers for the answer. */
export interface Opened {
  readonly call: SessionCall;
  readonly headers: HttpHeaders;
}

/**
 * Makes the session of a join, if the join hook allows it. The same nonce gives the same session, for a client whose
 * answer was lost.
 *
 * @throws {CometError} `too-busy` — the address joins too fast, or too many joins wait for the hook.
 * @throws {CometError} `not-authorized` — the hook refused.
 * @throws {CometError} `too-many-sessions` or `hub-closed` — the hub accepts no session.
 */
export function openSession(call: Call): Opened | Promise<Opened> {
  const { handler, request } = call;
  handler.noteAddress(request);
  const name = countedAs(request);
  handler.joins.pass(name);
  return after(
    handler.pendingJoins.ask(name, () => askUpToDate(handler, () => askJoin(call))),
    (admission) => admit(call, name, admission),
  );
}

function admit(call: Call, name: string | undefined, admission: Admission = {}): Opened | Promise<Opened> {
  const { handler, request, command, format } = call;
  const { settings, hub } = handler;
  checkExpiry(handler, admission);
  const answers = answersIn(format);
  const given = new SessionContext(
    // The format of later requests that name none; never the frames of a socket.
    responseFormat(format),
    bind(request, answers.knownByAddress, settings),
  );
  const node = clusterNodeOf(handler);
  if (node !== undefined)
    return node.joins
      .join({ call, admission, context: given })
      .then((session) => opened(call, session, admission, given));
  // Another client with the same nonce, for example one copied from an example, must not get the session.
  const nonce = command.nonce && `${command.nonce} ${normalAddress(request.address)}`;
  const session = hub.join({
    principal: admission.principal,
    data: admission.data,
    nonce,
    context: given,
    after: resumeCursor(call),
    leaseMs: answers.leaseMs(settings, hub.limits),
    neighbourhoods: neighbourhoodsOf(name),
  });
  return opened(call, session, admission, given);
}

function opened(call: Call, session: Session, admission: Admission, given: SessionContext): Opened {
  const { handler, request } = call;
  // A join that is repeated gives the same session.
  session.data = admission.data;
  expire(handler, session, admission);
  call.carrier?.joined(session);
  if (admission.principal !== undefined) given.user = shownBy(request);
  return { call: { ...call, session }, headers: cookiesOf(call, contextOf(session) ?? given) };
}

function cookiesOf({ handler, request }: Call, { binding }: SessionContext): HttpHeaders {
  const live = tokensOfSessions(handler.hub);
  live.add(binding.token);
  const path = handler.settings.publicPath ?? mountPath(request.path);
  const scope = { path, secure: request.secure };
  // Other nodes know of other sessions: only a browser that has too many gives up those that nobody knows here.
  const spared = handler.hub.cluster === undefined ? 0 : sparedCookies;
  const ended = tokensOf(request).length > spared ? endedCookies(request, live, scope) : [];
  const own = cookieFor(binding, scope);
  // As for nearly all who join.
  if (own !== undefined && ended.length === 0) return { 'set-cookie': own };
  const cookies = own === undefined ? ended : [own, ...ended];
  const [only] = cookies;
  if (only === undefined) return {};
  return { 'set-cookie': cookies.length === 1 ? only : cookies };
}
