import { CometError } from '@cometkit/core';
import { type Admission, isPromise } from './authorize.ts';
import type { SessionCall } from './call.ts';
import { expire } from './expiry.ts';
import type { HttpRequest } from './http.ts';
import { askJoin } from './policy.ts';
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
  const asked = session.principal !== undefined && typeof handler.guards.join === 'function';
  if (!context || !asked || session.closed || command.verb === 'leave') return run();
  const now = shownBy(request);
  context.user ??= { cookie: 0, authorization: 0 };
  const known = context.user;
  if (!differs(now, known)) return run();
  const verdict = askAgain(call);
  const goOn = (admission: Admission = {}): T | Promise<T> => {
    if (admission.principal !== session.principal) throw anotherUsers();
    session.data = admission.data;
    expire(handler, session, admission);
    keep(now, known);
    return run();
  };
  return isPromise(verdict) ? verdict.then(goOn) : goOn(verdict);
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
  const refused = (error: unknown): undefined => {
    if (error instanceof CometError && error.code === 'not-authorized') return undefined;
    throw error;
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
