import type { Hub } from '@cometkit/core';
import { createHandler, type HandlerOptions } from '@cometkit/handler';
import { Exchange } from './exchange.ts';
import { type RequestInfo, toHttpRequest } from './to-http-request.ts';
import { toResponse } from './to-response.ts';

/** A function from request to response, as Hono, Bun, Deno and workers want it. */
export interface FetchHandler {
  /** Answers one request. Shape: it always resolves; a held poll resolves when there is something, or nothing for long. */
  (request: Request, info?: RequestInfo): Promise<Response>;
  readonly hub: Hub;
  /** Answers held polls, ends streams, closes the hub; resolves when every answer has left. */
  close(): Promise<void>;
}

/**
 * Serves a hub from anything that speaks fetch.
 *
 * Shape: every request it is given is taken for its own, whatever the path; routing is the server's business. Without an
 * `info.address`, classic clients that keep no cookies cannot prove themselves and are refused.
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
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function createFetchHandler(hub: Hub, options: HandlerOptions = {}): FetchHandler {
  const handler = createHandler(hub, options);
  const serve = async (request: Request, info: RequestInfo = {}): Promise<Response> => {
    const exchange = new Exchange(request.signal);
    return toResponse(await handler.handle(toHttpRequest(request, info, exchange)), exchange);
  };
  return Object.assign(serve, { hub, close: () => handler.close() });
}
