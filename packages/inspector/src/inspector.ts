import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClusterHub } from '@cometkit/core/cluster';
import { createHub, createNodeHandler } from '@cometkit/node';
import { say } from './answers.ts';
import { Drainer } from './drainer.ts';
import { checkInspectorOptions, type InspectorOptions } from './options.ts';
import { Routes } from './routes.ts';
import { hubOf, type Serving } from './source.ts';
import { timelineOf } from './timeline.ts';
import { overviewOf } from './view.ts';

/** The inspector's page and what it reads: a listener of `node:http`, which is middleware of Express and Connect too. */
export interface Inspector {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Ends the page's streams; resolves when they have. The hub's own end does it, too. */
  close(): Promise<void>;
}

const everyMs = 1000;

/**
 * Makes a page that shows what a hub does: live sessions, patterns, rates, what happened to one session, and why an event
 * did not arrive. Who may, publishes a test event there, takes subscriptions away, ends a session or drains this node. The page is a
 * client of CometKit itself, and costs nothing while nobody looks.
 *
 * @param push - a hub, or what serves it.
 * @throws TypeError — `push` is no hub, an option is unknown or of the wrong type, or `authorize` is missing.
 *
 * @example
 * ```ts
 * import http from 'node:http';
 * import { createInspector } from '@cometkit/inspector';
 * import { createHub } from '@cometkit/node';
 *
 * const authorize = ({ headers }: http.IncomingMessage) => headers.authorization === `Basic ${process.env['INSPECTOR']}`;
 * http.createServer(createInspector(createHub(), { path: '/inspector', authorize })).listen(3001, '127.0.0.1');
 * ```
 */
export function createInspector(push: ClusterHub | Serving, options: InspectorOptions): Inspector {
  const hub = hubOf(push);
  checkInspectorOptions(options ?? {});
  const operated = { hub, drainer: new Drainer(hub, push, options.drain) };
  const timeline = timelineOf(hub);
  const own = createHub();
  const stream = createNodeHandler(own);
  const timer = setInterval(() => {
    if (own.stats().attached > 0) own.publish('/overview', { ...overviewOf(operated, timeline) } as never);
  }, everyMs).unref();
  const routes = new Routes(operated, timeline, stream, options);
  const close = (): Promise<void> => {
    clearInterval(timer);
    return stream.close();
  };
  hub.on('closed', () => void close());
  return Object.assign(listener(routes, options.path ?? ''), { close });
}

type Listener = (...exchange: Parameters<Inspector>) => void;

function listener(routes: Routes, path: string): Listener {
  return (request, response, next) => {
    const url = within(request.url ?? '/', path);
    if (url === undefined) {
      if (next === undefined) say(response, 404, 'not found');
      else next();
      return;
    }
    routes.answer(request, response, url).catch(() => {
      if (response.headersSent) response.destroy();
      else say(response, 500, 'the inspector failed');
    });
  };
}

// The part of a URL below the inspector's path; undefined for a request that is not for it.
function within(url: string, path: string): URL | undefined {
  const rest = url.slice(path.length);
  if (!url.startsWith(path) || !/^(?:$|[/?])/.test(rest)) return undefined;
  return new URL(`http://inspector/${rest.replace(/^\/+/, '')}`);
}
