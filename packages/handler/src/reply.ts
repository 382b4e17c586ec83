import { type ControlEvent, carriesCursors, EncodeError, type Format } from '@cometkit/codec';
import { CometError } from '@cometkit/core';
import { answer } from './answer.ts';
import { control } from './call.ts';
import { channelKey } from './channel-key.ts';
import { isJoin } from './command.ts';
import type { Asked } from './exchange.ts';
import { answerHeaders, streamHeaders } from './headers.ts';
import type { FiniteResponse, HttpHeaders, HttpResponse } from './http.ts';
import { type Refusal, refusals, statusTitles } from './refusals.ts';
import { CutAnswer } from './transports/cut.ts';
import { drawRetry } from './transports/last-words.ts';
import { encodeUtf8 } from './utf8.ts';

// An EventSource comes back by itself after a 200; a server that is full wants it to take its time.
const retryWhenFull = 'retry: 15000\n\n';
const dataChannel: ReadonlySet<string | undefined> = new Set(['listen', 'join-listen', 'refresh']);

/** Turns whatever was thrown into an answer that this client can read. Nothing of the request is echoed. */
export function refuse(exchange: Asked, thrown: unknown): HttpResponse {
  try {
    return tell(exchange, thrown);
  } catch (worse) {
    // A reason that the format cannot carry: the client is told that much at least.
    exchange.service.report(worse, 'a refusal');
    return statusAnswer(exchange, CometError.from(worse), 500);
  }
}

function tell(exchange: Asked, thrown: unknown): HttpResponse {
  const error = errorOf(exchange, thrown);
  const { how, status } = refusalOf(exchange, error);
  if (how === 'abort') return aborted(exchange, error);
  if (how === 'nack' && exchange.addressed && !mustFail(exchange, status)) {
    return nacked(exchange, error, status);
  }
  return statusAnswer(exchange, error, status, retryAfter(status));
}

// Modern clients tell a session that is over, which they can replace, from a request that was wrong.
function refusalOf({ format }: Asked, { code }: CometError): Refusal {
  return code === 'unknown-session' && !format.classic ? { how: 'status', status: 410 } : refusals[code];
}

/** Makes one of the known errors of whatever was thrown, and reports what nobody but us can mend. */
export function errorOf(exchange: Asked, thrown: unknown): CometError {
  const error = thrown instanceof EncodeError ? unwritable(thrown) : CometError.from(thrown);
  exchange.service.outflow.totals.refused(error.code);
  if (error.code === 'internal') exchange.service.report(error.cause ?? error, 'handler');
  return error;
}

/** The event that tells a client why its command was refused. */
function nackOf(exchange: Asked, error: CometError): ControlEvent {
  return control('nack', [
    ['p_id', exchange.session?.id],
    ['p_code', carriesCursors(exchange.format) ? error.code : undefined],
    ['p_reason', error.reason],
    ['p_time', exchange.service.time],
  ]);
}

/** The same as text. Shape: a reason that the format cannot carry is reported, and the client is told that much at least. */
export function nackText(exchange: Asked, format: Format, error: CometError): string {
  try {
    return format.control(nackOf(exchange, error));
  } catch (worse) {
    exchange.service.report(worse, 'a refusal');
    return format.control(nackOf(exchange, CometError.from(worse)));
  }
}

/** An answer that is only a status of HTTP, with a body that every kind of client can load. */
export function statusAnswer(
  exchange: Asked,
  error: CometError,
  status: number,
  extra: HttpHeaders = {},
): FiniteResponse {
  const { format, cors, request } = exchange;
  const json = !format.classic || format.name === 'json' || (request.header('accept') ?? '').includes('json');
  const headers = answerHeaders(json ? 'application/problem+json' : 'text/html;charset=UTF-8', cors);
  const body = json ? problem(status, error) : page(status, error);
  // What is left of a body that was not read to its end would be taken for the next request.
  const ending: HttpHeaders = status === 413 ? { connection: 'close' } : {};
  return { status, headers: { ...headers, ...ending, ...extra }, body };
}

// The Java client knows no nack on its data channel, and the thread that asked for the channel waits until it is open. So it
// is opened, cut off, and refused with a status when it is asked for again: then nobody waits and nothing spins.
function nacked(exchange: Asked, error: CometError, status: number): HttpResponse {
  const told = answer(exchange, [nackOf(exchange, error)]);
  if (exchange.format.name === 'xml' && dataChannel.has(exchange.verb)) return cutOff(exchange, told);
  return withRetry(told, exchange, status === 503 ? retryWhenFull : '');
}

function cutOff(exchange: Asked, told: FiniteResponse): HttpResponse {
  const { service } = exchange;
  const key = channelKey(exchange);
  if (service.refusals.take(key)) return { ...told, status: 400 };
  service.refusals.add(key);
  const { status, body } = told;
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  const headers = streamHeaders(exchange.format.contentType, exchange.cors);
  return { status, headers, open: (outlet) => new CutAnswer(service, outlet).write(bytes) };
}

function retryAfter(status: number): HttpHeaders {
  return status === 503 ? { 'retry-after': '15' } : {};
}

function aborted(exchange: Asked, error: CometError): FiniteResponse {
  if (!hearsAbort(exchange)) return statusAnswer(exchange, error, 503, { 'retry-after': '3', ...lastAnswer });
  const { service, format } = exchange;
  const retryMs = drawRetry(service);
  const abort = control('abort', [
    ['p_reason', 'shutdown'],
    ['p_retry', carriesCursors(format) ? retryMs : undefined],
    ['p_time', service.time],
  ]);
  const last = withRetry(answer(exchange, [abort]), exchange, `retry: ${retryMs}\n\n`);
  return { ...last, headers: { ...last.headers, ...lastAnswer } };
}

// Clients come back again and again over a connection that is kept alive: a server that waits for its end would wait long.
const lastAnswer: HttpHeaders = { connection: 'close' };

// The Java client opens its channel again at once after anything but a status, `abort` too; and what format a session
// had that is no more, nobody knows.
function hearsAbort({ format, verb }: Asked): boolean {
  if (format.name === 'sse') return dataChannel.has(verb);
  return format.classic && format.name !== 'xml' && isJoin(verb);
}

// An EventSource would ask again for ever what will never be granted, and never again after any status but 200. Other
// modern clients read the status of a server that is full, and of a join: whoever is not let in has no session to be told in.
function mustFail({ format, verb }: Asked, status: number): boolean {
  if (format.name === 'sse' && dataChannel.has(verb)) return status < 500;
  return !format.classic && (status >= 500 || isJoin(verb));
}

function withRetry(response: FiniteResponse, exchange: Asked, retry: string): FiniteResponse {
  if (exchange.format.name !== 'sse' || !dataChannel.has(exchange.verb)) return response;
  return { ...response, body: `${response.body}${retry}` };
}

function problem(status: number, { code, reason }: CometError): string {
  const title = statusTitles.get(status) ?? 'Error';
  return `${JSON.stringify({ type: 'about:blank', title, status, detail: reason, code })}\n`;
}

function page(status: number, { reason }: CometError): string {
  const title = `${status} ${statusTitles.get(status) ?? 'Error'}`;
  const text = reason.replace(/[^\w .,:()-]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<html><head><title>${title}</title></head><body><p>${text}</p></body></html>\n`;
}

function unwritable(cause: EncodeError): CometError {
  const reason = 'holds what the format cannot carry';
  return new CometError('invalid-field', `a field ${reason}`, { field: 'a field', reason }, { cause });
}
