import type { ServerResponse } from 'node:http';
import { type Target, TurnShare } from '@cometkit/handler';
import { type ConnectMiddleware, MiddlewareRun } from './middleware.ts';
import { type Answering, NodeExchange, type NodeRequest } from './request.ts';

/** What requests of node:http are served from. */
export interface Serving extends Answering {
  /** What runs before the handler. */
  readonly use?: readonly ConnectMiddleware[] | undefined;
}

// Of sockets that bring requests before the earlier ones were answered.
const shares = new WeakMap<object, TurnShare>();

/**
 * Serves a request, in a later turn when those of this one have taken long. Everything ends here: no promise and no error gets out.
 *
 * Node hands over in one go whatever came in one go; a response that is not the first in line has no socket yet.
 *
 * @param target - what the request asks for, where that is known already.
 */
export function serve(by: Serving, request: NodeRequest, response: ServerResponse, target?: Target): void {
  // Without an `error` listener Node would end the process. The `close` event that follows is enough for us.
  request.on('error', ignore);
  response.on('error', ignore);
  const { turns } = by.handler;
  if (response.socket !== null) {
    // No closure for each request.
    if (turns.late()) turns.next(() => begin(by, request, response, target));
    else begin(by, request, response, target);
    return;
  }
  const { socket } = request;
  const share = shares.get(socket) ?? new TurnShare(turns);
  shares.set(socket, share);
  share.run(() => begin(by, request, response, target));
}

function begin(by: Serving, request: NodeRequest, response: ServerResponse, target?: Target): void {
  try {
    const exchange = new NodeExchange(by, request, response, target);
    if (by.use === undefined) handle(by, exchange);
    else runMiddleware(by, by.use, exchange, response);
  } catch (error) {
    by.handler.report(error, 'an adapter');
    response.destroy();
  }
}

function handle({ handler }: Serving, exchange: NodeExchange): void {
  handler.serve(exchange, exchange);
}

function runMiddleware(
  by: Serving,
  use: readonly ConnectMiddleware[],
  exchange: NodeExchange,
  response: ServerResponse,
): void {
  const { native } = exchange;
  // As Connect says what was asked for, to middleware that a router has taken the path from.
  (native as { originalUrl?: string }).originalUrl ??= native.url ?? '';
  new MiddlewareRun(
    use,
    { request: native, response },
    {
      passed: () => by.handler.serve(exchange, exchange),
      failed: (error) => {
        // What a middleware had begun to answer nobody would end.
        if (response.headersSent && !response.writableEnded) response.destroy();
        by.handler.refuse(exchange, error, exchange);
      },
      late: (error) => by.handler.report(error, 'a middleware'),
    },
  ).start();
}

function ignore(): undefined {
  return undefined;
}
