import type { Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import { hidesClient, normalAddress } from './address.ts';
import type { HttpRequest } from './http.ts';

/**
 * What a session is bound to beside its public id, which other clients see.
 *
 * Shape: `token` is the value of the browser's cookie; `proven` once the browser has shown it. `address` is undefined
 * where a network address proves nothing.
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
const tokenShape = /^[A-Za-z0-9_-]{22}$/;

/**
 * Binds a new session to the client that asked for it.
 *
 * Shape: every client is given a cookie, and those of modern formats also know their key; only the others, who know no
 * secret when they keep no cookies, are known by their address.
 */
export function bind(request: HttpRequest, format: Format, rules: BindingRules): Binding {
  const [shown] = tokensOf(request);
  const proven = shown !== undefined;
  const address = format.classic && rules.cookieless === 'address' ? evidentAddress(request) : undefined;
  return { token: shown ?? rules.randomId(), proven, address };
}

/** The cookie that must be set for a binding. Shape: undefined when the browser has it, or needs none. */
export function cookieFor(binding: Binding, path: string, secure: boolean): string | undefined {
  if (binding.proven) return undefined;
  const name = cookiePrefix + binding.token.slice(0, 4);
  return `${name}=${binding.token}; Path=${path}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/**
 * Says whether a request comes from the client that a session is bound to.
 *
 * Shape: a classic client that was never seen with its cookie is known by its address until it shows one; from then on
 * by the cookie alone. SEC-61, SEC-62.
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
 * Compares two texts in a time that does not tell where they differ. SEC-60.
 *
 * Shape: the time depends on the length of the first.
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
