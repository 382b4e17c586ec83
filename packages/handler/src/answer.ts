import type { ControlEvent, Format } from '@cometkit/codec';
import type { Item, Session } from '@cometkit/core';
import type { Call } from './call.ts';
import type { HandlerContext } from './handler-context.ts';
import { answerHeaders } from './headers.ts';
import type { FiniteResponse, HttpHeaders } from './http.ts';
import { framesOf } from './response-frames.ts';

/** Makes the nonce for a page of scripts; other formats have no scripts. */
export function nonceFor(handler: HandlerContext, format: Format): string | undefined {
  return format.name === 'js' ? handler.settings.runtime.randomId() : undefined;
}

/** What an answer needs from the call. */
export type Answering = Pick<Call, 'handler' | 'format' | 'cors'> & {
  readonly session?: Session | undefined;
};

/** Makes a complete answer that contains the given events, in the format of the call. */
export function answer(
  { handler, format, cors, session }: Answering,
  events: readonly (ControlEvent | Item)[],
  extra: HttpHeaders = {},
): FiniteResponse {
  const nonce = nonceFor(handler, format);
  const frames = framesOf(handler.output.encoders.of(format), nonce);
  let body = frames.begin();
  for (const event of events)
    body += 'fields' in event ? frames.control(event) : frames.items([event], session);
  const headers = { ...answerHeaders(format.contentType, cors, nonce), ...extra };
  return { status: 200, headers, body: body + frames.end() };
}
