import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { comet, createHub, type HandlerOptions, type Hub, type HubOptions } from '@cometkit/express';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';

/** Where the original has its one servlet. */
export const servlet = '/pushlet/pushlet.srv';

const pages = fileURLToPath(new URL('../pages', import.meta.url));

/** A request to the servlet as the server saw it. Units: monotonic milliseconds; `ended` is 0 while it is open. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly began: number;
  ended: number;
}

/** An Express app with the classic mount, and the pages of the classic clients beside it. */
export interface ClassicServer {
  readonly port: number;
  readonly origin: string;
  readonly hub: Hub;
  /** Every request to the servlet, oldest first. */
  readonly seen: readonly Seen[];
  /** Requests to the servlet with the given `p_event`. */
  asked(event: string): Seen[];
  /** Answers the next request with that `p_event` with this text instead. */
  spoilNext(event: string, contentType: string, body: string): void;
  /** Closes push as an application that goes down does, and leaves the server open. */
  shutDown(): Promise<void>;
  /** Shuts everything down. @throws a session or a connection is left. */
  close(): Promise<void>;
}

export interface ClassicServerOptions {
  readonly hub?: HubOptions;
  readonly handler?: HandlerOptions;
  readonly helmet?: boolean;
}

const quick: HandlerOptions = { longPollWaitMs: { min: 40, max: 60 }, pollWaitMs: { min: 60, max: 80 } };

/** Starts the server with the original's openness: everybody publishes, subscriptions are plain prefixes. */
export async function startClassicServer(options: ClassicServerOptions = {}): Promise<ClassicServer> {
  const hub = createHub({ heartbeatMs: 5000, ...options.hub });
  const push = comet({ hub, authorize: { publish: true }, ...quick, ...options.handler });
  const seen: Seen[] = [];
  const spoils = new Map<string, [string, string]>();
  const app = express();
  if (options.helmet) app.use(helmet());
  app.use(servlet, record(seen), spoil(spoils));
  app.use(
    servlet,
    push.mount({ matching: 'prefix', authorize: { publish: true }, ...quick, ...options.handler }),
  );
  app.use('/pushlet', express.static(pages));
  const server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    hub,
    seen,
    asked: (event) => seen.filter(({ query }) => query.get('p_event') === event),
    spoilNext: (event, contentType, body) => void spoils.set(event, [contentType, body]),
    shutDown: () => push.close(),
    close: async () => {
      await push.close();
      await end(server);
      const { sessions } = hub.stats();
      if (sessions > 0) throw new Error(`${sessions} sessions are left`);
    },
  };
}

function record(seen: Seen[]): RequestHandler {
  return (request, response, next) => {
    const { method, originalUrl: url, headers } = request;
    const query = new URL(url, 'http://localhost').searchParams;
    const entry: Seen = { method, url, query, headers, began: performance.now(), ended: 0 };
    seen.push(entry);
    response.once('close', () => {
      entry.ended = performance.now();
    });
    next();
  };
}

function spoil(spoils: Map<string, [string, string]>): RequestHandler {
  return (request, response, next) => {
    const event = new URL(request.originalUrl, 'http://localhost').searchParams.get('p_event') ?? '';
    const answer = spoils.get(event);
    if (answer === undefined) return next();
    spoils.delete(event);
    response.setHeader('content-type', answer[0]);
    response.end(answer[1]);
  };
}

// Keep-alive connections of clients are idle by now; one that is not was forgotten by somebody.
async function end(server: http.Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('a connection was left open')), 3000).unref();
  });
  await Promise.race([closed, late]).finally(() => server.closeAllConnections());
}
