import { CometError } from '@cometkit/core';
import { answersIn } from './dialects/answers-in.ts';
import { errorOf, statusAnswer } from './error-response.ts';
import type { HttpResponse } from './http.ts';
import type { RefusalInput } from './request-state.ts';

/** Turns whatever was thrown into an answer that this client can read. Nothing of the request is echoed. */
export function refuse(asked: RefusalInput, thrown: unknown): HttpResponse {
  try {
    return answersIn(asked.format).refuse(asked, errorOf(asked, thrown));
  } catch (worse) {
    // A reason that the format cannot carry: the client gets that much at least.
    asked.service.report(worse, 'a refusal');
    return statusAnswer(asked, CometError.from(worse), 500);
  }
}
