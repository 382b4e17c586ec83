import { CometError } from '@cometkit/core';
import { type Admission, isPromise } from './authorize.ts';
import { after, type SessionCall } from './call.ts';
import { endOf, setEnd } from './expiry.ts';
import type { HttpRequest } from './http.ts';
import { askJoin, isAskedForEver } from './policy.ts';
import { askAboutAll } from './reauthorize.ts';
import { contextOf, type ShownUser } from './session-context.ts';

/** What identifies the user of a request: the cookies of the application, and `authorization`. */
export function shownBy(request: Pick<HttpRequest, 'header'>): ShownUser {
  const cookies = (request.header('cookie') ?? '').split(';').map((pair) => pair.trim());
  const own = cookies.filter((pair) => !pair.startsWith('cometkit_')).join(';');
  return { cookie: fingerprint(own), authorization: fingerprint(request.header('authorization') ?? '') };
}

/**
 * Executes a command if the session still belongs to the user who sends it.
 *
 * @remarks
 * A browser keeps its session when its user changes. If the headers that identify a user have changed, the join hook is
 * called again and must name the same principal.
 *
 * @throws {CometError} `unknown-session` — the session belongs to another user; the client joins again as the present
 *   one.
 */
export function asSameUser<T>(call: SessionCall, run: () => T | Promise<T>): T | Promise<T> {
  const { session, command, request, handler } = call;
  const context = contextOf(session);
  if (!context || session.closed || command.verb === 'leave' || command.verb === 'renew') return run();
  if (context.due) return askAboutAll(call).then(() => asSameUser(call, run));
  if (session.principal === undefined || typeof handler.guards.join !== 'function') return run();
  const now = shownBy(request);
  context.user ??= { cookie: 0, authorization: 0 };
  const known = context.user;
  if (!differs(now, known)) return run();
  return after(admitAgain(call), run);
}

/**
 * Asks the join hook whether the user of a session may stay, with the headers of a command. The admission that it gives takes the place of
 * the one before.
 *
 * @throws {CometError} `unknown-session` — it refused, or named another user.
 */
export function admitAgain(call: SessionCall, asked = 1): undefined | Promise<undefined> {
  const { session, request, handler } = call;
  const context = contextOf(session);
  const epoch = context?.epoch;
  const end = endOf(session);
  const goOn = (admission: Admission = {}): undefined | Promise<undefined> => {
    if (session.closed) return undefined;
    // What the hook said is out of date.
    if (context?.epoch !== epoch) {
      if (isAskedForEver(handler, 'join', asked)) throw anotherUsers();
      return admitAgain(call, asked + 1);
    }
    if (admission.principal !== session.principal) throw anotherUsers();
    session.data = admission.data;
    setEnd(handler, session, endOf(session) === end ? admission : soonest(admission, endOf(session)));
    if (context?.user !== undefined) keep(shownBy(request), context.user);
    return undefined;
  };
  const verdict = askAgain(call);
  return isPromise(verdict) ? verdict.then(goOn) : goOn(verdict);
}

// The application has set another end while the hook was asked.
function soonest(admission: Admission, at: number | undefined): Admission {
  const { expires } = admission;
  if (at === undefined || (expires !== undefined && Number(expires) < at)) return admission;
  return { ...admission, expires: at };
}

// A missing header proves nothing, because not every transport can send every header.
function differs(now: ShownUser, known: ShownUser): boolean {
  return (
    (now.cookie !== 0 && now.cookie !== known.cookie) ||
    (now.authorization !== 0 && now.authorization !== known.authorization)
  );
}

function keep(now: ShownUser, known: ShownUser): void {
  known.cookie = now.cookie || known.cookie;
  known.authorization = now.authorization || known.authorization;
}

// A user who may not join any more is not the one who joined.
function askAgain(call: SessionCall): Admission | undefined | Promise<Admission | undefined> {
  const refused = (error: unknown): never => {
    throw error instanceof CometError && error.code === 'not-authorized' ? anotherUsers() : error;
  };
  try {
    const verdict = askJoin(call);
    return isPromise(verdict) ? verdict.catch(refused) : verdict;
  } catch (error) {
    return refused(error);
  }
}

function anotherUsers(): CometError {
  return new CometError('unknown-session', 'invalid or expired id', {});
}

// Enough to notice that a header changed; its content is not stored.
function fingerprint(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1)
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return text === '' ? 0 : hash || 1;
}
