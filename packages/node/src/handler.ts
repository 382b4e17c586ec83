import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Hub, hubRules } from '@cometkit/core';
import { checkOptions, path as pathRule, type RulesOf } from '@cometkit/core/check-options';
import {
  type Answerable,
  createHandler,
  type Handler,
  type HandlerOptions,
  type HttpResponse,
  handlerRules,
  splitUrl,
  TurnShare,
} from '@cometkit/handler';
import { type NodeRequest, toHttpRequest } from './request.ts';
import { sendHttpResponse } from './response.ts';

/** A request listener of node:http, which is a Connect middleware too. */
export interface NodeHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  readonly hub: Hub;
  /** What it serves from: other servers (WebSocket, TCP, UDP) can be put on the same one, with the same hooks. */
  readonly handler: Handler;
  /** Answers held polls, ends streams, closes the hub; resolves when every answer has left. */
  close(): Promise<void>;
}

/** What a handler for node:http can be told. */
export interface NodeHandlerOptions extends HandlerOptions {
  /** The path that is served; every other one is left to `next`, or not found. @defaultValue any */
  readonly path?: string;
}

const rules: RulesOf<NodeHandlerOptions> = { ...handlerRules, path: pathRule };

/**
 * Serves a hub from a node:http, node:https or Connect server.
 *
 * @example
 * ```ts
 * import http from 'node:http';
 * import { createHub, createNodeHandler } from '@cometkit/node';
 *
 * const hub = createHub();
 * http.createServer(createNodeHandler(hub, { path: '/push' })).listen(3000);
 * setInterval(() => hub.publish('/time', { now: Date.now() }), 1000);
 * ```
 *
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function createNodeHandler(hub: Hub, options: NodeHandlerOptions = {}): NodeHandler {
  checkOptions(options, rules, { createHub: hubRules });
  const { path, ...rest } = options;
  const handler = createHandler(hub, path === undefined ? rest : { publicPath: path, ...rest });
  const listener = (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void => {
    if (path === undefined || isAt(request, path)) inTurn(handler, request, response);
    else if (next !== undefined) next();
    else notFound(response);
  };
  return Object.assign(listener, { hub, handler, close: () => handler.close() });
}

// Of sockets that bring requests before the earlier ones were answered.
const shares = new WeakMap<object, TurnShare>();

// Node hands over in one go whatever came in one go; a response that is not the first in line has no socket yet.
function inTurn(handler: Handler, request: NodeRequest, response: ServerResponse): void {
  if (response.socket !== null) {
    serve(handler, request, response);
    return;
  }
  const { socket } = request;
  const share = shares.get(socket) ?? new TurnShare(handler.turns);
  shares.set(socket, share);
  share.run(() => serve(handler, request, response));
}

// Everything ends here: no promise and no error gets out.
function serve(handler: Handler, request: NodeRequest, response: ServerResponse): void {
  // An error without a listener would end the process; the close that follows says all there is to say. SEC-47.
  request.on('error', ignore);
  response.on('error', ignore);
  try {
    handler.serve(toHttpRequest(request, response), new Waiting(response, handler));
  } catch (error) {
    handler.report(error, 'an adapter');
    response.destroy();
  }
}

/** A response that waits for its answer. */
class Waiting implements Answerable {
  readonly #response: ServerResponse;
  readonly #handler: Handler;

  constructor(response: ServerResponse, handler: Handler) {
    this.#response = response;
    this.#handler = handler;
  }

  answer(answer: HttpResponse): void {
    try {
      sendHttpResponse(answer, this.#response);
    } catch (error) {
      this.#handler.report(error, 'an adapter');
      // Something in front has closed or spoilt the response; what is left is not to leave it hanging.
      this.#response.destroy();
    }
  }
}

function isAt(request: NodeRequest, path: string): boolean {
  const asked = splitUrl(request.url ?? '').path;
  return asked === path || asked === `${path}/`;
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain;charset=UTF-8' });
  response.end('not found\n');
}

function ignore(): undefined {
  return undefined;
}
