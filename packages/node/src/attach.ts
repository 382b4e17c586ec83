import {
  callback,
  checkOptions,
  list,
  path as pathRule,
  type RulesOf,
  suchAs,
} from '@cometkit/core/check-options';
import { type Handler, handlerRules } from '@cometkit/handler';
import { type ExpressApp, ExpressPeers, isExpressApp } from './express-peers.ts';
import type { ConnectMiddleware } from './middleware.ts';
import type { RequestPeers } from './peer.ts';
import { claimRequests, type RequestServer } from './request-gate.ts';
import { serve } from './serve.ts';

/** How requests are taken from a server. */
export interface AttachOptions extends RequestPeers {
  /** The path that is taken, as clients ask for it. @defaultValue the path that the handler was made for, or `/push` */
  readonly path?: string;
  /**
   * Middleware of Connect or Express that runs on each of these requests before the hooks, in this order: a session, say. One
   * that fails refuses the request. @defaultValue none
   */
  readonly use?: readonly ConnectMiddleware[];
  /** The Express app whose `trust proxy` counts. @defaultValue the one that listens to the server, if there is one */
  readonly app?: ExpressApp;
}

/** Requests of one path, taken from a server as long as it is not detached. */
export interface RequestAttachment {
  readonly path: string;
  /** Gives the path back: what asks for it from now on goes to the server's listeners. What is open stays open. */
  detach(): void;
}

const rules: RulesOf<AttachOptions> = {
  path: pathRule,
  use: list(callback),
  app: suchAs('an Express app', isExpressApp),
  address: callback,
  host: callback,
  secure: callback,
};

/**
 * Takes the requests for one path from a server, before its listeners get them.
 *
 * @param handler - what serves them; `path` is the one that it was made for, if it was made for one.
 * @throws TypeError — an option is unknown or of the wrong type, the server is none, or the path is attached already.
 * @throws Error — the hub is closed.
 */
export function attachRequests(
  server: RequestServer,
  { handler, path: own }: { readonly handler: Handler; readonly path?: string | undefined },
  options: AttachOptions = {},
): RequestAttachment {
  checkOptions(options, rules, { 'the handler': handlerRules });
  if (!isServer(server)) throw new TypeError('the server is none of node:http, node:https or node:http2');
  if (handler.hub.closed) throw new Error('the hub of this handler is closed');
  const { path = own ?? '/push', use = [], app, ...given } = options;
  if (own !== undefined && path !== own)
    throw new TypeError(`the handler was made for the path "${own}"; make another one for "${path}"`);
  const serving = {
    handler,
    use: use.length === 0 ? undefined : [...use],
    untouched: use.length === 0,
    peers: { ...new ExpressPeers(server, app), ...withoutUndefined(given) },
  };
  const detach = claimRequests(server, path, (request, response, target) =>
    serve(serving, request, response, target),
  );
  return { path, detach };
}

// An Express app has most of a server's methods.
function isServer(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const { emit, listeners, address } = given as Record<string, unknown>;
  return [emit, listeners, address].every((method) => typeof method === 'function');
}

function withoutUndefined(given: RequestPeers): RequestPeers {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
