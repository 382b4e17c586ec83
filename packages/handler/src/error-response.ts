import { type ControlEvent, EncodeError, type Format } from '@cometkit/codec';
import { CometError } from '@cometkit/core';
import { control } from './call.ts';
import { EngineAway } from './cluster/engine-away.ts';
import { answerHeaders } from './headers.ts';
import type { FiniteResponse, HttpHeaders } from './http.ts';
import type { RefusalInput } from './request-state.ts';
import type { Verb } from './wire-names.ts';

// The page that explains each code.
const errorPage = 'https://github.com/cometkit/cometkit/blob/main/docs/errors.md';
const channels: ReadonlySet<Verb | undefined> = new Set<Verb>(['listen', 'join-listen', 'refresh']);

/** Clients reuse a kept-alive connection, and a server that waits for it to end would wait long. */
export const lastAnswer: HttpHeaders = { connection: 'close' };

/** Returns whether a command opens the data channel. */
export function isChannel(verb: Verb | undefined): boolean {
  return channels.has(verb);
}

/** The names of the statuses. */
const statusTitles: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [410, 'Gone'],
  [405, 'Method Not Allowed'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

/** Converts anything thrown to a {@link CometError}, and reports errors that only the operator can fix. */
export function errorOf(state: RefusalInput, thrown: unknown): CometError {
  const error = thrown instanceof EncodeError ? unwritable(thrown) : CometError.from(thrown);
  state.handler.noteRefusal(error, state.session);
  if (error.code === 'internal') state.handler.report(error.cause ?? error, 'handler');
  return error;
}

/** Makes the event that tells a client why its command was refused. */
export function refusedMessage(state: RefusalInput, error: CometError): ControlEvent {
  return control('refused', [
    ['session', state.session?.id],
    ['code', state.format.cursors ? error.code : undefined],
    ['reason', error.reason],
    ['time', state.handler.time],
  ]);
}

/**
 * Makes the text of {@link refusedMessage}.
 *
 * @remarks
 * A reason that the format cannot encode is reported, and the client gets a general error instead.
 */
export function refusedText(state: RefusalInput, format: Format, error: CometError): string {
  try {
    return format.control(refusedMessage(state, error));
  } catch (worse) {
    state.handler.report(worse, 'a refusal');
    return format.control(refusedMessage(state, CometError.from(worse)));
  }
}

/** Refuses with another status than that of the error code. */
export function refuseAs(
  state: RefusalInput,
  error: CometError,
  status: number,
  extra: HttpHeaders = {},
): FiniteResponse {
  state.handler.noteRefusal(error, state.session);
  return statusAnswer(state, error, status, extra);
}

/** Makes an answer that is an HTTP status, with a body that every kind of client can load. */
export function statusAnswer(
  state: RefusalInput,
  error: CometError,
  status: number,
  extra: HttpHeaders = {},
): FiniteResponse {
  const { format, cors, request } = state;
  const json = /json|event-stream/i.test(`${format.contentType} ${request.header('accept') ?? ''}`);
  const headers = answerHeaders(json ? 'application/problem+json' : 'text/html;charset=UTF-8', cors);
  // The formats whose events are numbered are those of the original, and their clients know no link.
  const link = format.numbered ? 'about:blank' : `${errorPage}#${error.code}`;
  const body = json ? problem(link, status, error) : page(status, error);
  // The unread rest of a body would be parsed as the next request.
  const ending: HttpHeaders = status === 413 ? { connection: 'close' } : {};
  return { status, headers: { ...headers, ...ending, ...extra }, body };
}

/** Makes the headers that ask a client to come back later: soon where another node can take it. */
export function retryAfter(status: number, { handler }: RefusalInput, error: CometError): HttpHeaders {
  if (status !== 503) return {};
  const seconds = error instanceof EngineAway ? handler.settings.runtime.randomInteger(1, 5) : 15;
  return { 'retry-after': String(seconds) };
}

function problem(type: string, status: number, { code, reason }: CometError): string {
  const title = statusTitles.get(status) ?? 'Error';
  return `${JSON.stringify({ type, title, status, detail: reason, code })}\n`;
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
