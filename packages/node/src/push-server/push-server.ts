import http from 'node:http';
import type net from 'node:net';
import type { AddressInfo, ListenOptions } from 'node:net';
import tls, { type TlsOptions } from 'node:tls';
import {
  callback,
  checkOptions,
  count,
  list,
  path as pathRule,
  type RulesOf,
  suchAs,
} from '@cometkit/core/check-options';
import { type CloseOptions, type Handler, handlerRules, servingHandler } from '@cometkit/handler';
import { attachRequests } from '../attach.ts';
import type { ConnectMiddleware } from '../middleware.ts';
import { PushListener } from './listener.ts';
import { requestPeers } from './peers.ts';
import type { PeerRules } from './request.ts';

/** Options of a push server. */
export interface PushServerOptions extends PeerRules {
  /** The path that is served, as clients ask for it: that of the mount in the app behind. */
  readonly path: string;
  /** Key, certificate and whatever else `tls.createServer` takes; the server behind stays one of `node:http`. */
  readonly tls?: TlsOptions;
  /** Connections at a time, those handed over included; more are dropped. @defaultValue any number */
  readonly maxConnections?: number;
  /**
   * Middleware of Connect or Express that runs on each request for the path before the hooks, in this order: a session, say. One
   * that fails refuses the request.
   *
   * It needs the requests of node:http: with it, all connections are given to the server behind, where the path is taken before any
   * listener. What the push server saves for each client is not saved then. @defaultValue none
   */
  readonly use?: readonly ConnectMiddleware[];
}

const rules: RulesOf<PushServerOptions> = {
  path: pathRule,
  tls: suchAs('options of `tls.createServer`', (value) => typeof value === 'object' && value !== null),
  maxConnections: count,
  use: list(callback),
  address: callback,
  host: callback,
  secure: callback,
};

/** A server that listens in front of one of node:http. */
export interface PushServer {
  /** The listening server: for the events `error` and `listening`, `getConnections`, `ref` and `unref`. */
  readonly server: net.Server;
  /** Connections that are served here now. */
  readonly size: number;
  /** Listens, with the arguments of `net.Server`. */
  listen(options: ListenOptions, listening?: () => void): this;
  listen(port?: number, host?: string, listening?: () => void): this;
  listen(port: number, listening: () => void): this;
  listen(path: string, listening?: () => void): this;
  /**
   * Where it listens.
   *
   * @returns null before `listen` and after `close`.
   */
  address(): AddressInfo | string | null;
  /**
   * Stops listening and closes idle connections; resolves when every connection has ended. Then it closes the server behind,
   * unless that listens on its own.
   *
   * It does not end streams and held polls: call `close` of the handler that serves them.
   *
   * @param options - with `drainMs`, clients of the handler are first sent elsewhere, a few at a time, while it still listens.
   * @throws {RangeError | TypeError} an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Whether new clients are welcome, for the readiness check of a balancer: false once it or the handler drains or is closed. */
  ready(): boolean;
}

/**
 * Makes a server that answers the push path itself, with none of the objects of node:http, and gives every other
 * connection to the HTTP server behind, as if that had accepted it.
 *
 * The app behind must still mount push: requests that are unusual, fragmented or malformed go to it. Middleware of the app
 * does not run for requests served here; hooks get the headers, and the socket as `native`. With `use` they get the request of
 * node:http, and what middleware has put on it.
 *
 * @example
 * ```ts
 * import http from 'node:http';
 * import { createHub, createNodeHandler, createPushServer } from '@cometkit/node';
 *
 * const push = createNodeHandler(createHub(), { path: '/push' });
 * const app = http.createServer((request, response) => push(request, response, () => response.end('the app')));
 * createPushServer(app, push, { path: '/push' }).listen(3000);
 * ```
 *
 * @throws {TypeError} an argument or the path is invalid, or the server behind uses TLS; with `use`, the path is attached to that already.
 * @throws {RangeError} a limit is not a positive integer.
 */
export function createPushServer(
  behind: http.Server,
  push: Handler | { readonly handler: Handler },
  options: PushServerOptions,
): PushServer {
  if (behind instanceof tls.Server)
    throw new TypeError('the server behind speaks TLS; make it one of node:http and give the option tls');
  if (!(behind instanceof http.Server))
    throw new TypeError('the first argument must be a server of node:http, as http.createServer() gives it');
  const handler = servingHandler(push, 'second');
  checkOptions(options, rules, { 'what serves the hub': handlerRules });
  const { path, tls: secrets, maxConnections, use = [], ...peers } = options;
  const attached =
    use.length === 0 ? undefined : attachRequests(behind, { handler }, { path, use, ...requestPeers(peers) });
  try {
    return new PushListener({ behind, handler, path, secrets, maxConnections, peers, attached });
  } catch (error) {
    attached?.detach();
    throw error;
  }
}
