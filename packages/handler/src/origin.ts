import { CometError } from '@cometkit/core';
import type { HttpHeaders, HttpRequest } from './http.ts';

/** Which pages may call, and under which names. */
export interface OriginRules {
  readonly origins: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string> | undefined;
}

// What a page may load the endpoint as. Anything else (image, script, style) is a page that uses a reader's cookies
// without being able to read the answer, or reads it as code. SEC-64, SEC-67.
const destinations: ReadonlySet<string> = new Set(['empty', 'document', 'iframe', 'frame']);
const defaultPort = /:(?:80|443)$/;
const anyPort = /:\d{1,5}$/;

/**
 * Checks where a request comes from: the same origin, a listed one, or no browser at all.
 *
 * Shape: the headers that let a listed origin read the answer; none for the rest.
 * @throws CometError `forbidden-origin` — another site, an unlisted `null`, or a host name that is not ours.
 */
export function checkOrigin(request: Pick<HttpRequest, 'header' | 'host'>, rules: OriginRules): HttpHeaders {
  const host = (request.host ?? request.header('host') ?? '').toLowerCase();
  if (rules.hosts !== undefined && !isListedHost(host, rules.hosts))
    throw forbidden('the host is not served here');
  const destination = request.header('sec-fetch-dest');
  if (destination !== undefined && !destinations.has(destination)) throw forbidden('not for this use');
  const origin = request.header('origin')?.toLowerCase();
  const site = request.header('sec-fetch-site');
  if (origin !== undefined && rules.origins.has(origin)) return corsHeaders(origin);
  // The browser's own word comes first: behind a proxy that renames the host the two names differ.
  if (site === 'same-origin') return {};
  if (origin === undefined && (site === undefined || site === 'none')) return {};
  if (origin !== undefined && origin !== 'null') {
    if (site === undefined && isSameOrigin(origin, host)) return {};
    if (rules.origins.has('*')) return { 'access-control-allow-origin': '*' };
  }
  throw forbidden('the origin may not call');
}

/** Headers of the answer to a preflight that {@link checkOrigin} has let pass. */
export const preflightHeaders: HttpHeaders = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type, last-event-id',
  'access-control-max-age': '600',
};

function isListedHost(host: string, hosts: ReadonlySet<string>): boolean {
  return hosts.has(host) || hosts.has(host.replace(anyPort, ''));
}

// Schemes are not compared: behind a proxy that ends TLS the server sees another than the browser.
function isSameOrigin(origin: string, host: string): boolean {
  const start = origin.indexOf('://');
  if (start < 0 || host === '') return false;
  return origin.slice(start + 3).replace(defaultPort, '') === host.replace(defaultPort, '');
}

function corsHeaders(origin: string): HttpHeaders {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  };
}

function forbidden(reason: string): CometError {
  return new CometError('forbidden-origin', reason, {});
}
