import { CometError } from '@cometkit/core';
import { answersIn } from './dialects/answers-in.ts';
import { errorOf, statusAnswer } from './error-response.ts';
import type { HttpResponse } from './http.ts';
import type { RefusalInput } from './request-state.ts';

/** Converts anything thrown to a response that the client can read. It never echoes the request. */
export function refuse(asked: RefusalInput, thrown: unknown): HttpResponse {
  try {
    return answersIn(asked.format).refuse(asked, errorOf(asked, thrown));
  } catch (worse) {
    // The format cannot encode the reason: the client gets a general error.
    asked.handler.report(worse, 'a refusal');
    return statusAnswer(asked, CometError.from(worse), 500);
  }
}
