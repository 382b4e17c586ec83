import type { AnySubjects, CometEvent, Hub, Publication, SubjectMap, UnknownSubjects } from '@cometkit/core';
import { type CloseOptions, createHandler, type HandlerOptions } from '@cometkit/handler';
import { Exchange } from './exchange.ts';
import { type RequestInfo, toHttpRequest } from './to-http-request.ts';
import { toResponse } from './to-response.ts';

/** A function from request to response, as Hono, Bun, Deno and workers want it. */
export interface FetchHandler<Subjects = UnknownSubjects, Published extends Publication = CometEvent> {
  /**
   * Answers one request.
   *
   * @returns a promise that never rejects. A long poll resolves when there is an event, or after a while without one.
   */
  (request: Request, info?: RequestInfo): Promise<Response>;
  readonly hub: Hub<Subjects, Published>;
  /** Whether new clients are welcome, for the readiness check of a balancer: false once it drains or is closed. */
  ready(): boolean;
  /**
   * Answers held polls, ends streams, closes the hub; resolves when every answer has left.
   *
   * @param options - with `drainMs`, clients are first sent elsewhere, a few at a time.
   * @throws {RangeError | TypeError} an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Serves a hub from anything that speaks fetch.
 *
 * It handles every request, whatever the path: routing is the job of your server. Without `info.address`, classic clients that keep no cookies cannot prove themselves and are refused.
 *
 * @example
 * ```ts
 * import { createFetchHandler, createHub } from '@cometkit/fetch';
 *
 * const hub = createHub();
 * const push = createFetchHandler(hub);
 * export default { fetch: (request: Request) => push(request) };
 * setInterval(() => hub.publish('/time', { now: Date.now() }), 1000);
 * ```
 *
 * @throws {RangeError} an option is out of its range.
 * @throws {TypeError} an option has the wrong type.
 */
export function createFetchHandler<
  Subjects extends SubjectMap = AnySubjects,
  Published extends Publication = CometEvent,
>(hub: Hub<Subjects, Published>, options: HandlerOptions<Request> = {}): FetchHandler<Subjects, Published> {
  const handler = createHandler(hub, options);
  const serve = async (request: Request, info: RequestInfo = {}): Promise<Response> => {
    const exchange = new Exchange(request);
    return toResponse(await handler.handle(toHttpRequest(request, info, exchange)), exchange);
  };
  return Object.assign(serve, {
    hub,
    ready: () => handler.ready(),
    close: (given?: CloseOptions) => handler.close(given),
  });
}
