import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnySubjects, CometEvent, Hub, Publication, SubjectMap, UnknownSubjects } from '@cometkit/core';
import { checkOptions, path as pathRule, type RulesOf } from '@cometkit/core/check-options';
import {
  type CloseOptions,
  createHandler,
  type Handler,
  type HandlerOptions,
  handlerRules,
  hubRules,
  splitUrl,
  type Target,
} from '@cometkit/handler';
import { type AttachOptions, attachRequests, type RequestAttachment } from './attach.ts';
import { publishDiagnostics } from './diagnostics.ts';
import type { NodeRequest } from './request.ts';
import type { RequestServer } from './request-gate.ts';
import { notFound } from './response.ts';
import { serve } from './serve.ts';

/** A request listener of node:http, which is a Connect middleware too. */
export interface NodeHandler<Subjects = UnknownSubjects, Published extends Publication = CometEvent> {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  readonly hub: Hub<Subjects, Published>;
  /** What it serves from: other servers (WebSocket, TCP, UDP) can be put on the same one, with the same hooks. */
  readonly handler: Handler;
  /**
   * Takes the requests for one path from a server before its listeners get them, an Express app say, of which nothing runs
   * then.
   *
   * @throws TypeError — an option is unknown or of the wrong type, the server is none, or the path is attached already.
   */
  attach(server: RequestServer, options?: AttachOptions): RequestAttachment;
  /** Whether new clients are welcome, for the readiness check of a balancer: false once it drains or is closed. */
  ready(): boolean;
  /**
   * Answers held polls, ends streams, closes the hub; resolves when every answer has left. Then it is attached nowhere.
   *
   * @param options - with `drainMs`, clients are first sent elsewhere, a few at a time.
   * @throws RangeError, TypeError — an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Options of a handler for node:http.
 *
 * @typeParam Native - what hooks get as `request.native`: Node's request, or that of the framework around it.
 */
export interface NodeHandlerOptions<Native = IncomingMessage> extends HandlerOptions<Native> {
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
export function createNodeHandler<
  Subjects extends SubjectMap = AnySubjects,
  Native = IncomingMessage,
  Published extends Publication = CometEvent,
>(hub: Hub<Subjects, Published>, options: NodeHandlerOptions<Native> = {}): NodeHandler<Subjects, Published> {
  checkOptions(options, rules, { createHub: hubRules });
  const { path, ...rest } = options;
  const handler = createHandler(hub, path === undefined ? rest : { publicPath: path, ...rest });
  publishDiagnostics(hub);
  const serving = { handler };
  const attached = new Set<RequestAttachment>();
  const listener = (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void => {
    const target = targetAt(request, path);
    if (path === undefined || target !== undefined) serve(serving, request, response, target);
    else if (next !== undefined) next();
    else notFound(response);
  };
  return Object.assign(listener, {
    hub,
    handler,
    attach: (server: RequestServer, given?: AttachOptions) => {
      const attachment = attachRequests(server, { handler, path }, given);
      attached.add(attachment);
      return attachment;
    },
    ready: () => handler.ready(),
    close: async (given?: CloseOptions) => {
      await handler.close(given);
      for (const attachment of attached) attachment.detach();
      attached.clear();
    },
  });
}

// Read once, but for a request that a router has shortened: what it asked for is elsewhere.
function targetAt(request: NodeRequest, path: string | undefined): Target | undefined {
  if (path === undefined) return undefined;
  const target = splitUrl(request.url ?? '');
  if (target.path !== path && target.path !== `${path}/`) return undefined;
  return request.originalUrl === undefined ? target : splitUrl(request.originalUrl);
}
