import { dialectOf } from './dialects/index.ts';
import type { Exchange } from './exchange.ts';
import { answerHeaders } from './headers.ts';
import type { FiniteResponse, HttpHeaders } from './http.ts';
import { preflightHeaders } from './origin.ts';
import { parseFields } from './query.ts';

/** The methods that are served. */
export const allowed = 'GET, POST, HEAD, OPTIONS';

/**
 * Answers a HEAD: nothing is done, and the headers are those of an answer in the format that it names.
 *
 * @throws {CometError} `unknown-format`, or what the query breaks.
 */
export function head(exchange: Exchange): FiniteResponse {
  const { request, service } = exchange;
  const { maxQueryLength } = service.settings;
  if (request.query.length <= maxQueryLength) {
    const fields = parseFields(request.query, 'bytes', service.settings);
    const raw = { fields, structured: false, source: 'query' } as const;
    const dialect = dialectOf(raw);
    exchange.format = dialect.formatOf(dialect.read(raw, request), request) ?? exchange.format;
  }
  return empty(exchange, 200, {});
}

/** Answers an OPTIONS, as browsers ask before they send what a plain form could not. */
export function preflight(exchange: Exchange): FiniteResponse {
  return empty(exchange, 204, preflightHeaders(exchange.request, exchange.cors));
}

function empty({ format, cors }: Exchange, status: number, more: HttpHeaders): FiniteResponse {
  return {
    status,
    headers: { ...answerHeaders(format.contentType, cors), allow: allowed, ...more },
    body: '',
  };
}
