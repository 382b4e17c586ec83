import type { HttpRequest, RequestBody } from '../http.ts';
import type { RawRequest } from '../request-fields.ts';
import { classic, isClassic } from './classic/index.ts';
import type { Dialect } from './dialect.ts';
import { modern } from './modern/index.ts';

/** Returns the dialect of a request: names that begin with `p_` belong to the original protocol. */
export function dialectOf(raw: RawRequest): Dialect {
  return isClassic(raw) ? classic : modern;
}

/**
 * Guesses the dialect of a body, whatever its content type, for errors before it is read.
 *
 * @returns undefined if the text gives no hint.
 */
export function dialectOfBody(body: RequestBody): Dialect | undefined {
  const first = body.kind === 'text' ? body.text.trimStart()[0] : undefined;
  if (first === '<') return classic;
  if (body.kind !== 'text' || (first !== '{' && first !== '[')) return undefined;
  return body.text.includes('"p_') ? classic : modern;
}

/** Guesses the dialect of a request, for errors before it is read. */
export function likelyDialect(request: Pick<HttpRequest, 'method' | 'query' | 'header'>): Dialect {
  if (/(?:^|&)p_/.test(request.query)) return classic;
  // The original's clients post an element, and name no type or that of XML.
  const type = request.method === 'POST' ? (request.header('content-type') ?? 'xml') : '';
  return type.includes('xml') ? classic : modern;
}
