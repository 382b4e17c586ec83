/** Goes on to the next middleware, or says what went wrong. */
export type Next = (error?: unknown) => void;

/**
 * A middleware as Connect and Express know it, whatever requests and responses are. One with four parameters, the first of them an
 * error, mends errors.
 *
 * Written as a method, so that a middleware whose request has more than that of the platform is one too.
 */
export type Middleware<Request, Response> = {
  call(request: Request, response: Response, next: Next): unknown;
}['call'];

/** What becomes of a request that its middleware has let through, or has failed on. */
export interface MiddlewareEnd {
  /** Every middleware has run. */
  passed(): void;
  /** One has failed and none behind it has mended that. */
  failed(error: unknown): void;
  /** One has thrown after it had gone on, when nobody can be told any more. */
  late(error: unknown): void;
}

/** Runs middleware on a request, one after the other. One that neither answers nor goes on ends the run. */
export class MiddlewareRun<Request, Response> {
  readonly #use: readonly Middleware<Request, Response>[];
  readonly #request: Request;
  readonly #response: Response;
  readonly #end: MiddlewareEnd;

  constructor(
    use: readonly Middleware<Request, Response>[],
    exchange: { readonly request: Request; readonly response: Response },
    end: MiddlewareEnd,
  ) {
    this.#use = use;
    this.#request = exchange.request;
    this.#response = exchange.response;
    this.#end = end;
  }

  start(): void {
    this.#goOn(0, undefined);
  }

  // As in Connect, only what counts as true is an error, and it passes by all but those who mend.
  #goOn(from: number, error: unknown): void {
    let at = from;
    while (at < this.#use.length && mends(this.#use[at]) !== Boolean(error)) at += 1;
    const middleware = this.#use[at];
    if (middleware !== undefined) this.#run(middleware, at + 1, error);
    else if (error) this.#end.failed(error);
    else this.#end.passed();
  }

  #run(middleware: Middleware<Request, Response>, following: number, error: unknown): void {
    let left = false;
    const next: Next = (failure) => {
      if (left) return;
      left = true;
      this.#goOn(following, failure);
    };
    const fail = (thrown: unknown): void => {
      if (left) this.#end.late(thrown);
      else next(thrown || new Error('a middleware has failed without an error'));
    };
    try {
      const given = error
        ? [error, this.#request, this.#response, next]
        : [this.#request, this.#response, next];
      const said: unknown = Reflect.apply(middleware, undefined, given);
      if (said instanceof Promise) said.then(undefined, fail);
    } catch (thrown) {
      fail(thrown);
    }
  }
}

function mends(middleware: ((...given: never) => unknown) | undefined): boolean {
  return middleware?.length === 4;
}
