import type { RequestInput } from '../dialects/dialect.ts';
import type { HttpResponse, PendingResponse } from '../http.ts';
import type { RequestState } from '../request-state.ts';

/**
 * Executes one command, however it arrived.
 *
 * @throws {CometError} the reason of a refusal; rejects with it if the command is asynchronous.
 */
export type Execute = (
  state: RequestState,
  input: RequestInput,
) => HttpResponse | PendingResponse | Promise<HttpResponse | PendingResponse>;
