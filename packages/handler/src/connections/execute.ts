import type { RequestInput } from '../dialects/dialect.ts';
import type { HttpResponse, PendingResponse } from '../http.ts';
import type { RequestState } from '../request-state.ts';

/** Carries out one command, whichever way it came. Errors: throws or rejects with what `refuse` and `nackOf` can tell. */
export type Execute = (
  state: RequestState,
  input: RequestInput,
) => HttpResponse | PendingResponse | Promise<HttpResponse | PendingResponse>;
