import type { Format } from '@cometkit/codec';
import { preflightHeaders } from './cors.ts';
import { dialectOf } from './dialects/index.ts';
import { answerHeaders } from './headers.ts';
import type { FiniteResponse, HttpHeaders } from './http.ts';
import { parseFields } from './query.ts';
import type { RequestState } from './request-state.ts';

/** The methods that are served. */
export const allowed = 'GET, POST, HEAD, OPTIONS';

/**
 * Answers a HEAD: no command runs, and the headers are those of an answer in the requested format.
 *
 * @throws {CometError} `unknown-format` — the format is not served.
 */
export function head(state: RequestState): FiniteResponse {
  state.format = readFormat(state) ?? state.format;
  return empty(state, 200, {});
}

/**
 * Reads the format of an answer that depends on no command, from the query or `Accept`.
 *
 * @returns undefined if none is named, or the query is too long to be read.
 * @throws {CometError} `unknown-format` — the format is not served.
 */
export function readFormat({ request, handler }: RequestState): Format | undefined {
  const { settings } = handler;
  if (request.query.length > settings.maxQueryLength) return undefined;
  const raw = {
    fields: parseFields(request.query, 'bytes', settings),
    structured: false,
    source: 'query',
  } as const;
  const dialect = dialectOf(raw);
  return dialect.formatOf(dialect.read(raw, request), request);
}

/** Answers an OPTIONS, the preflight of browsers. */
export function preflight(state: RequestState): FiniteResponse {
  return empty(state, 204, preflightHeaders(state.request, state.cors));
}

function empty({ format, cors }: RequestState, status: number, more: HttpHeaders): FiniteResponse {
  return {
    status,
    headers: { ...answerHeaders(format.contentType, cors), allow: allowed, ...more },
    body: '',
  };
}
