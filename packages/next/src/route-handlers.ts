import { callback, checkOptions, type RulesOf } from '@cometkit/core/check-options';
import type { FetchHandler, HandlerOptions } from '@cometkit/fetch';
import { handlerRules } from '@cometkit/fetch/adapter';
import { entryOf, hubOptionRules, type NextHubOptions } from './get-hub.ts';
import type { Entry } from './registry.ts';

/** Options of the route handlers. */
export interface RouteHandlerOptions extends HandlerOptions<Request>, NextHubOptions {
  /**
   * The client's network address, where something in front of Next vouches for it. Next itself does not tell.
   * @defaultValue unknown, so that a classic client without cookies cannot join
   */
  readonly address?: (request: Request) => string | undefined;
}

const rules: RulesOf<RouteHandlerOptions> = { ...handlerRules, ...hubOptionRules, address: callback };

/** One route handler of Next. */
export type RouteHandler = (request: Request) => Promise<Response>;

/** What a `route.ts` exports. */
export interface RouteHandlers {
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly HEAD: RouteHandler;
  readonly OPTIONS: RouteHandler;
}

/**
 * Makes the four exports of a `route.ts`. No other export is needed there.
 *
 * The hub is created on the first request, not while Next builds or loads the module.
 *
 * @example
 * ```ts
 * // app/push/route.ts
 * import { createRouteHandlers } from '@cometkit/next';
 *
 * export const { GET, POST, HEAD, OPTIONS } = createRouteHandlers();
 * ```
 */
export function createRouteHandlers(options: RouteHandlerOptions = {}): RouteHandlers {
  checkOptions(options, rules);
  const { name, hub, cluster, address, ...handlerOptions } = options;
  const which = { ...(name && { name }), ...(hub && { hub }), ...(cluster && { cluster }) };
  let entry: Entry | undefined;
  let handler: FetchHandler | undefined;
  const serve: RouteHandler = async (request) => {
    // With cacheComponents Next runs GET while it builds, and what ends that run is reading the URL: so that comes first.
    // A call, which no minifier takes for a read without effect.
    Reflect.get(request, 'url');
    const current = entry === undefined || entry.hub.closed ? entryOf(which) : entry;
    if (handler === undefined || current !== entry) handler = open(current, handlerOptions);
    entry = current;
    return handler(request, { address: address?.(request) });
  };
  return { GET: serve, POST: serve, HEAD: serve, OPTIONS: serve };
}

function open(entry: Entry, options: HandlerOptions<Request>): FetchHandler {
  const handler = entry.createFetchHandler(entry.hub, options);
  entry.handlers.add(handler);
  return handler;
}
