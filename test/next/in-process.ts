import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createFetchHandler } from '@cometkit/fetch';
import type { StartServer } from '@cometkit/testkit';
import { listen } from '../support/listen.ts';
import type { NextApp } from './apps.ts';

type Handle = (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>;

/** Loads a built app into this process, where a route of it serves whatever hub a test has. */
export async function loadInProcess(app: NextApp): Promise<StartServer> {
  const { resolve } = createRequire(join(app.folder, 'package.json'));
  const { default: next } = await import(pathToFileURL(resolve('next')).href);
  const served = next({ dev: false, dir: app.folder });
  await served.prepare();
  const handle: Handle = served.getRequestHandler();
  return (hub, options) => {
    // The probe route looks here for who answers.
    const place = globalThis as { [key: symbol]: unknown };
    place[Symbol.for('test/handler')] = createFetchHandler(hub, options);
    const server = http.createServer((request, response) => void handle(request, response));
    return listen(server, '/contract');
  };
}
