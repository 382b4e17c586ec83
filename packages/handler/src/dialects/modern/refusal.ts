import type { CometError } from '@cometkit/core';
import { answer } from '../../answer.ts';
import { control } from '../../call.ts';
import { isChannel, lastAnswer, refusedMessage, retryAfter, statusAnswer } from '../../error-response.ts';
import type { FiniteResponse, HttpResponse } from '../../http.ts';
import { refusals } from '../../refusals.ts';
import type { RefusalInput } from '../../request-state.ts';
import { drawRetry } from '../../retry.ts';

// An EventSource waits this long before it asks a full server again. In milliseconds.
const retryWhenFull = 15_000;

/**
 * Refuses with a status. An EventSource never reconnects after any status but 200, so if it should, because the server
 * is full or shuts down, it gets a 200 with the reason and a `retry` delay.
 */
export function refuse(asked: RefusalInput, error: CometError): HttpResponse {
  const { status, how } = refusals[error.code];
  if (how === 'abort') return isEventSource(asked) ? aborted(asked) : goingAway(asked, error);
  if (status >= 500 && how === 'nack' && isEventSource(asked))
    return withRetry(answer(asked, [refusedMessage(asked, error)]), retryWhenFull);
  // A session that is over can be replaced; an invalid request cannot.
  const found = error.code === 'unknown-session' ? 410 : status;
  return statusAnswer(asked, error, found, retryAfter(found, asked, error));
}

function isEventSource({ format, verb }: RefusalInput): boolean {
  return format.contentType === 'text/event-stream' && isChannel(verb);
}

function goingAway(asked: RefusalInput, error: CometError): FiniteResponse {
  return statusAnswer(asked, error, 503, { 'retry-after': '3', ...lastAnswer });
}

function aborted(asked: RefusalInput): FiniteResponse {
  const { handler } = asked;
  const retryMs = drawRetry(handler);
  const abort = control('abort', [
    ['reason', 'shutdown'],
    ['retryMs', retryMs],
    ['time', handler.time],
  ]);
  const last = withRetry(answer(asked, [abort]), retryMs);
  return { ...last, headers: { ...last.headers, ...lastAnswer } };
}

function withRetry(response: FiniteResponse, retryMs: number): FiniteResponse {
  return { ...response, body: `${response.body}retry: ${retryMs}\n\n` };
}
