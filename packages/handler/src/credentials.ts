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
  token: string;
  proven: boolean;
  address: string | undefined;
}

/** What a binding is made from besides the request. */
export interface BindingRules {
  readonly cookieless: 'address' | 'refuse';
  readonly runtime: { randomId(): string };
}

// Each token has its own cookie name, so that two tabs that join at the same time do not overwrite each other's.
const cookiePrefix = 'cometkit_';
// One answer's worth.
const maxTakenBack = 16;
const tokenShape = /^[A-Za-z0-9_-]{22}$/;
const none: readonly string[] = [];

/**
 * Binds a new session to the client that asked for it.
 *
 * @remarks
 * Every client gets a cookie with a new token, because a cookie that it already has may have been planted by somebody
 * who knows it. Clients of modern formats also know their key. Other clients know no secret if they keep no cookies,
 * and are identified by their address.
 */
export function bind(request: HttpRequest, knownByAddress: boolean, rules: BindingRules): Binding {
  const cookieless = tokensOf(request).length === 0;
  const byAddress = cookieless && knownByAddress && rules.cookieless === 'address';
  const address = byAddress ? evidentAddress(request) : undefined;
  return { token: rules.runtime.randomId(), proven: false, address };
}

/** Where a cookie is valid. */
export interface CookieScope {
  readonly path: string;
  readonly secure: boolean;
}

/**
 * Makes the cookie of a binding.
 *
 * @returns undefined if the browser has already sent it back.
 */
export function cookieFor({ proven, token }: Binding, scope: CookieScope): string | undefined {
  return proven ? undefined : cookie(nameOf(token), token, scope);
}

/** Makes the cookies that delete those of ended sessions, because browsers keep few for one host. */
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
 * @remarks
 * A client without a key that never sent its cookie is identified by its address until it sends one; from then on by
 * the cookie alone.
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
  // A client that keeps cookies, but not this one, is another client.
  if (binding.proven || shown.length > 0 || binding.address === undefined) return false;
  return sameText(evidentAddress(request) ?? '', binding.address);
}

/** Reads an address that tells a client from others: not where there is none, or behind an untrusted proxy. */
export function evidentAddress(request: HttpRequest): string | undefined {
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

/** Reads the tokens that a request shows: several, if several joins were in progress before the browser got the first. */
export function tokensOf(request: HttpRequest): readonly string[] {
  const cookies = request.header('cookie');
  if (cookies === undefined) return none;
  const tokens: string[] = [];
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || !pair.slice(0, equals).trim().startsWith(cookiePrefix)) continue;
    const value = pair.slice(equals + 1).trim();
    if (tokenShape.test(value)) tokens.push(value);
  }
  return tokens;
}
