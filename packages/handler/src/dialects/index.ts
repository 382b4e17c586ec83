import type { HttpRequest, RequestBody } from '../http.ts';
import type { RawRequest } from '../request-fields.ts';
import { classic, isClassic } from './classic/index.ts';
import type { Dialect } from './dialect.ts';
import { modern } from './modern/index.ts';

/** The dialect that a request speaks: names that begin with `p_` are those of the original protocol. */
export function dialectOf(raw: RawRequest): Dialect {
  return isClassic(raw) ? classic : modern;
}

/**
 * The dialect that a body seems to speak, whatever its content type, for what is wrong with it before it is read.
 *
 * @returns undefined where its text tells nothing.
 */
export function dialectOfBody(body: RequestBody): Dialect | undefined {
  if (body.kind !== 'text' || !/^\s*[{[]/.test(body.text)) return undefined;
  return body.text.includes('"p_') ? classic : modern;
}

/** The dialect that a request seems to speak, for what is wrong with it before it is read. */
export function likelyDialect(request: Pick<HttpRequest, 'method' | 'query' | 'header'>): Dialect {
  if (request.method === 'POST')
    return (request.header('content-type') ?? '').includes('json') ? modern : classic;
  return /(?:^|&)p_/.test(request.query) ? classic : modern;
}
