import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from '@cometkit/handler';

export { MiddlewareRun, type Next } from '@cometkit/handler';

/** A middleware of Connect or Express. */
export type ConnectMiddleware = Middleware<IncomingMessage, ServerResponse>;
