import type { HttpHeaders } from './http.ts';

const uncached = 'no-store, no-cache, must-revalidate, no-transform';

/**
 * Headers of every response: nothing on the way may cache, transform, buffer or re-interpret it.
 *
 * @remarks
 * `no-transform` prevents compression by proxies, and `X-Accel-Buffering` buffering by nginx.
 */
const common: HttpHeaders = {
  'cache-control': uncached,
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

// The cache headers of the original, for clients that were written for it.
const ofTheOriginal: HttpHeaders = {
  ...common,
  'cache-control': [uncached, 'post-check=0, pre-check=0'],
  pragma: 'no-cache',
  expires: 'Sat, 6 May 1995 12:00:00 GMT',
};

// Express keeps each header of a stream in memory: 64 bytes and more for each client.
const modernTypes: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'text/event-stream',
  'application/problem+json',
]);

// Asks proxies to forward each piece immediately; a complete response does not need it.
const streamed: HttpHeaders = { incremental: '?1' };

const prepared = new Map<string, HttpHeaders>();
const preparedStreams = new Map<string, HttpHeaders>();

/**
 * Makes the headers of a response.
 *
 * @param nonce - the nonce of a page with scripts: only scripts that carry it may run, and no other style or resource
 *   loads.
 */
export function answerHeaders(contentType: string, cors: HttpHeaders, nonce?: string): HttpHeaders {
  return madeOnce(prepared, contentType, cors, nonce, makeHeaders);
}

type Making = (contentType: string, cors: HttpHeaders, nonce: string | undefined) => HttpHeaders;

// There are only as many content types as formats, and the rest is the same for every page of a site.
function madeOnce(
  kept: Map<string, HttpHeaders>,
  contentType: string,
  cors: HttpHeaders,
  nonce: string | undefined,
  make: Making,
): HttpHeaders {
  if (nonce !== undefined || 'access-control-allow-origin' in cors) return make(contentType, cors, nonce);
  const known = kept.get(contentType);
  if (known !== undefined) return known;
  const headers = Object.freeze(make(contentType, cors, nonce));
  kept.set(contentType, headers);
  return headers;
}

/**
 * The headers of an answer that is written as things happen.
 *
 * @param more - headers of this one answer.
 * @remarks `Incremental: ?1` is the field of draft-ietf-httpbis-incremental, approved in 2026: what nginx reads from
 *   `X-Accel-Buffering`, for every proxy.
 */
export function streamHeaders(
  contentType: string,
  cors: HttpHeaders,
  nonce?: string,
  more?: HttpHeaders,
): HttpHeaders {
  const headers = madeOnce(preparedStreams, contentType, cors, nonce, makeStreamHeaders);
  return more === undefined ? headers : { ...headers, ...more };
}

function makeStreamHeaders(contentType: string, cors: HttpHeaders, nonce: string | undefined): HttpHeaders {
  return { ...makeHeaders(contentType, cors, nonce), ...streamed };
}

function makeHeaders(contentType: string, cors: HttpHeaders, nonce: string | undefined): HttpHeaders {
  const shared = 'access-control-allow-origin' in cors;
  const script = nonce === undefined ? '' : ` script-src 'nonce-${nonce}';`;
  return {
    ...(modernTypes.has(contentType) ? common : ofTheOriginal),
    'content-type': contentType,
    'content-security-policy': `default-src 'none';${script} frame-ancestors 'self'`,
    'cross-origin-resource-policy': shared ? 'cross-origin' : 'same-origin',
    ...cors,
  };
}
