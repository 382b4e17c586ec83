import { CometError } from '@cometkit/core';
import { readFormat } from './bodiless.ts';
import { checkOrigin } from './cors.ts';
import { refuseAs } from './error-response.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { refuse } from './refuse.ts';
import { RequestState } from './request-state.ts';

/**
 * Answers a request that failed before it reached the handler, so that every kind of client can read the reason.
 *
 * @param thrown - the error. The answer has the HTTP status from 400 to 599 in its `status` or `statusCode`, otherwise
 *   500; from 500 on it is reported. Its message is not sent, because it may contain what the client has sent.
 */
export function turnAway(handler: HandlerContext, request: HttpRequest, thrown: unknown): HttpResponse {
  const state = new RequestState(handler, request);
  try {
    state.cors = checkOrigin(request, handler.originRules);
    // The body may name another format, but is not read any more.
    if (request.method !== 'POST') state.format = readFormat(state) ?? state.format;
  } catch (error) {
    return refuse(state, error);
  }
  if (thrown instanceof CometError) return refuse(state, thrown);
  const status = statusIn(thrown);
  if (status >= 500) handler.report(thrown, 'a middleware');
  const retry = status === 429 || status === 503 ? { 'retry-after': '15' } : {};
  return refuseAs(state, errorFor(status), status, retry);
}

function statusIn(thrown: unknown): number {
  const { status, statusCode } = Object(thrown) as { status?: unknown; statusCode?: unknown };
  const given = [status, statusCode].find(
    (one) => Number.isInteger(one) && Number(one) >= 400 && Number(one) < 600,
  );
  return given === undefined ? 500 : Number(given);
}

function errorFor(status: number): CometError {
  const reason = 'refused before it was served';
  if (status === 401 || status === 403) return new CometError('not-authorized', reason, { reason });
  if (status === 413) return new CometError('body-too-large', 'the body is too large', { limit: 0 });
  if (status < 500 && status !== 429) return new CometError('malformed-request', reason, { reason });
  return status === 500
    ? new CometError('internal', 'the server failed; its log says why', {})
    : new CometError('too-busy', 'not served at the moment', { limit: 0 });
}
