import type { Session } from '@cometkit/core';
import { hidesClient, normalAddress } from './address.ts';
import type { HttpRequest } from './http.ts';

/**
 * What a session is bound to besides its public id, which other clients can see.
 *
 * @remarks
 * `token` is the value of the browser's cookie; `proven` is true once the browser has sent it back. `address` is
 * undefined where a network address proves nothing.
 */
export interface Binding {
  readonly token: string;
  proven: boolean;
  readonly address: string | undefined;
}

/** What a binding is made from beside the request. */
export interface BindingRules {
  readonly cookieless: 'address' | 'refuse';
  randomId(): string;
}

// Each token has a name of its own: two tabs whose joins cross must not overwrite each other's.
const cookiePrefix = 'cometkit_';
// One answer's worth.
const maxTakenBack = 16;
const tokenShape = /^[A-Za-z0-9_-]{22}$/;

/**
 * Binds a new session to the client that asked for it.
 *
 * Every client is given a cookie with a new token: one that it shows may have been planted by somebody else, who would then
 * know it. Those of modern formats also know their key; only the others, who know no secret when they keep no cookies, are
 * known by their address.
 */
export function bind(request: HttpRequest, knownByAddress: boolean, rules: BindingRules): Binding {
  const cookieless = tokensOf(request).length === 0;
  const byAddress = cookieless && knownByAddress && rules.cookieless === 'address';
  const address = byAddress ? evidentAddress(request) : undefined;
  return { token: rules.randomId(), proven: false, address };
}

/** Where a cookie is valid. */
export interface CookieScope {
  readonly path: string;
  readonly secure: boolean;
}

/** The cookie that must be set for a binding. @returns undefined when the browser has shown that it has it. */
export function cookieFor({ proven, token }: Binding, scope: CookieScope): string | undefined {
  return proven ? undefined : cookie(nameOf(token), token, scope);
}

/** Cookies that take back those of sessions that have ended: browsers hold few for one host. */
export function endedCookies(request: HttpRequest, live: ReadonlySet<string>, scope: CookieScope): string[] {
  const ended = tokensOf(request).filter((token) => !live.has(token));
  return ended.slice(0, maxTakenBack).map((token) => `${cookie(nameOf(token), '', scope)}; Max-Age=0`);
}

function cookie(name: string, value: string, { path, secure }: CookieScope): string {
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

function nameOf(token: string): string {
  return cookiePrefix + token.slice(0, 4);
}

/**
 * Returns whether a request comes from the client that a session is bound to.
 *
 * A client without a key that was never seen with its cookie is known by its address until it shows one; from then on
 * by the cookie alone.
 */
export function proves(
  request: HttpRequest,
  key: string | undefined,
  session: Session,
  binding: Binding,
): boolean {
  if (key !== undefined) return sameText(key, session.secret);
  const shown = tokensOf(request);
  if (shown.some((candidate) => sameText(candidate, binding.token))) {
    binding.proven = true;
    return true;
  }
  // Who keeps cookies, and not this one, is somebody else.
  if (binding.proven || shown.length > 0 || binding.address === undefined) return false;
  return sameText(evidentAddress(request) ?? '', binding.address);
}

// Neither an adapter that knows no address nor a proxy that is not believed must make all clients one.
function evidentAddress(request: HttpRequest): string | undefined {
  const address = normalAddress(request.address);
  return address === '' || hidesClient(request) ? undefined : address;
}

/**
 * Compares two texts in constant time for texts of one length, so that the time does not reveal where they differ.
 *
 * @param given - the text from the client; its length decides the time.
 */
export function sameText(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let index = 0; index < given.length; index += 1) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index % Math.max(1, expected.length));
  }
  return difference === 0;
}

// A browser holds as many as it had joins under way before it had the first.
function tokensOf(request: HttpRequest): string[] {
  const tokens: string[] = [];
  for (const pair of (request.header('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || !pair.slice(0, equals).trim().startsWith(cookiePrefix)) continue;
    const value = pair.slice(equals + 1).trim();
    if (tokenShape.test(value)) tokens.push(value);
  }
  return tokens;
}
