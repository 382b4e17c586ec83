import { CometError } from '@cometkit/core';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { OriginList } from './origin-list.ts';
import { hostOf, hostShape, originShape, type RefusedPage, refusedPage } from './refused-page.ts';

/** Which origins may call, and for which host names. */
export interface OriginRules {
  readonly origins: OriginList;
  readonly hosts: ReadonlySet<string> | undefined;
  /** Called with the error of each refused request, and where the request says that it comes from. */
  refused(error: CometError, asked: RefusedPage): void;
}

// How a page may load the endpoint. Any other destination (image, script, style) is either a page that uses the
// cookies of its reader without being able to read the response, or one that runs the response as code. See
// docs/security.md.
const destinations: ReadonlySet<string> = new Set(['empty', 'document', 'iframe', 'frame']);
const defaultPort = /:(?:80|443)$/;
// Lets a client read when to come back.
const exposed: HttpHeaders = { 'access-control-expose-headers': 'retry-after' };
const anyPort = /:\d{1,5}$/;

/**
 * Checks where a request comes from: the same origin, a listed one, or no browser at all.
 *
 * @returns the CORS headers for a listed origin; none for the rest.
 * @throws {CometError} `forbidden-origin` — the request is from another site, an unlisted `null` origin, or for a host
 *   name that is not served.
 */
export function checkOrigin(request: Pick<HttpRequest, 'header' | 'host'>, rules: OriginRules): HttpHeaders {
  try {
    return check(request, rules);
  } catch (error) {
    if (error instanceof CometError) rules.refused(error, refusedPage(request));
    throw error;
  }
}

function check(request: Pick<HttpRequest, 'header' | 'host'>, rules: OriginRules): HttpHeaders {
  // The host is only read for pages and where hosts are listed, because reading it is slow.
  if (rules.hosts !== undefined && !isListedHost(hostOf(request), rules.hosts))
    throw forbidden('the host is not served here');
  const destination = request.header('sec-fetch-dest');
  if (destination !== undefined && !destinations.has(destination)) throw forbidden('not for this use');
  const origin = request.header('origin')?.toLowerCase();
  const site = request.header('sec-fetch-site');
  if (origin !== undefined && rules.origins.has(origin)) return corsHeaders(origin);
  // What the browser says comes first: behind a proxy that renames the host, the two names differ.
  if (site === 'same-origin') return {};
  if (origin === undefined && (site === undefined || site === 'none')) return {};
  if (origin !== undefined && origin !== 'null') {
    if (site === undefined && isSameOrigin(origin, hostOf(request))) return {};
    if (rules.origins.any) return { 'access-control-allow-origin': '*', ...exposed };
  }
  throw forbidden(differing(origin, hostOf(request), site));
}

const standing = ['content-type', 'last-event-id'];
const token = /^[!#$%&'*+.^_`|~\w-]{1,128}$/;
const maxAsked = 64;

/**
 * Makes the headers of the answer to a preflight, which allow what the page wants to send. Only the origin is checked
 * here; hooks judge the headers.
 *
 * @param cors - the result of {@link checkOrigin}.
 * @returns nothing if no other origin is allowed.
 */
export function preflightHeaders(request: Pick<HttpRequest, 'header'>, cors: HttpHeaders): HttpHeaders {
  if (!('access-control-allow-origin' in cors)) return {};
  const asked = (request.header('access-control-request-headers') ?? '').toLowerCase().split(',');
  const names = asked.map((name) => name.trim()).filter((name) => token.test(name));
  return {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': [...new Set([...standing, ...names.slice(0, maxAsked)])].join(', '),
    'access-control-max-age': '600',
    vary: 'Origin, Access-Control-Request-Headers',
  };
}

function isListedHost(host: string, hosts: ReadonlySet<string>): boolean {
  return hosts.has(host) || hosts.has(host.replace(anyPort, ''));
}

// Schemes are not compared: behind a proxy that ends TLS, the server sees another one than the browser.
function isSameOrigin(origin: string, host: string): boolean {
  const start = origin.indexOf('://');
  if (start < 0 || host === '') return false;
  return origin.slice(start + 3).replace(defaultPort, '') === host.replace(defaultPort, '');
}

// The operator, and a developer who looks at the network panel, need both names to see what is wrong.
function differing(origin: string | undefined, host: string, site: string | undefined): string {
  if (origin === undefined) return 'a page of another site may not call';
  if (!originShape.test(origin) || !hostShape.test(host)) return 'the origin may not call';
  // The browser knows better than a comparison of names.
  const why = site === undefined ? `is not that of the host "${host}"` : `is another site than "${host}"`;
  return `the origin "${origin}" ${why}: list it in the option origins, or let the proxy in front pass the host on`;
}

function corsHeaders(origin: string): HttpHeaders {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    ...exposed,
    vary: 'Origin',
  };
}

function forbidden(reason: string): CometError {
  return new CometError('forbidden-origin', reason, {});
}
