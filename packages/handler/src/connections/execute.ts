import type { RequestInput } from '../dialects/dialect.ts';
import type { Exchange } from '../exchange.ts';
import type { Held, HttpResponse } from '../http.ts';

/** Carries out one command, whichever way it came. Errors: throws or rejects with what `refuse` and `nackOf` can tell. */
export type Execute = (
  exchange: Exchange,
  input: RequestInput,
) => HttpResponse | Held | Promise<HttpResponse | Held>;
