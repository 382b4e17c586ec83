import type { CometError } from '@cometkit/core';
import { answer } from '../../answer.ts';
import { control } from '../../call.ts';
import { channelKey } from '../../channel-key.ts';
import { isJoin } from '../../command.ts';
import { isChannel, lastAnswer, refusedMessage, retryAfter, statusAnswer } from '../../error-response.ts';
import { streamHeaders } from '../../headers.ts';
import type { FiniteResponse, HttpResponse } from '../../http.ts';
import { refusals } from '../../refusals.ts';
import type { RefusalInput } from '../../request-state.ts';
import { drawRetry } from '../../retry.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { CutAnswer } from './cut.ts';

/** Refuses with a `nack` in a 200 if it is known who asks, otherwise with a status. */
export function refuse(asked: RefusalInput, error: CometError): HttpResponse {
  const { how, status } = refusals[error.code];
  if (how === 'abort') return aborted(asked, error);
  if (how === 'nack' && asked.addressed) return nacked(asked, error);
  return statusAnswer(asked, error, status, retryAfter(status, asked, error));
}

// The Java client does not know a nack on its data channel, and the thread that asked for the channel waits until it
// is open. So the channel opens, is cut off, and gets a status when it is asked for again: no thread waits and nothing
// loops.
function nacked(asked: RefusalInput, error: CometError): HttpResponse {
  const told = answer(asked, [refusedMessage(asked, error)]);
  return asked.format.name === 'xml' && isChannel(asked.verb) ? cutOff(asked, told) : told;
}

function cutOff(asked: RefusalInput, told: FiniteResponse): HttpResponse {
  const { handler } = asked;
  const key = channelKey(asked);
  if (handler.refusals.take(key)) return { ...told, status: 400 };
  handler.refusals.add(key);
  const { status, body } = told;
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  const headers = streamHeaders(asked.format.contentType, asked.cors);
  return { status, headers, open: (outlet) => new CutAnswer(handler, outlet).write(bytes) };
}

// The Java client reopens its channel immediately after anything but a status, even `abort`; and the format of a
// session that no longer exists is unknown.
function aborted(asked: RefusalInput, error: CometError): FiniteResponse {
  const { handler, format, verb } = asked;
  if (format.name === 'xml' || !isJoin(verb))
    return statusAnswer(asked, error, 503, { 'retry-after': '3', ...lastAnswer });
  const abort = control('abort', [
    ['reason', 'shutdown'],
    ['retryMs', format.cursors ? drawRetry(handler) : undefined],
    ['time', handler.time],
  ]);
  const last = answer(asked, [abort]);
  return { ...last, headers: { ...last.headers, ...lastAnswer } };
}
