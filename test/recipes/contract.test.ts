import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createFetchHandler } from '@cometkit/fetch';
import { createNodeHandler } from '@cometkit/node';
import { eachAdapter, type StartServer } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { install } from '../support/install.ts';
import { listen } from '../support/listen.ts';

const folder = await install(fileURLToPath(new URL('.', import.meta.url)), 'recipes');
const installed = createRequire(join(folder ?? '.', 'package.json'));

function load(name: string) {
  return import(pathToFileURL(installed.resolve(name)).href);
}

const hono: StartServer = async (hub, options) => {
  const [{ Hono }, { createAdaptorServer }] = [await load('hono'), await load('@hono/node-server')];
  const push = createFetchHandler(hub, options);
  const app = new Hono();
  app.all('/push', (c: { req: { raw: Request } }) => push(c.req.raw, { address: 'local' }));
  return listen(createAdaptorServer({ fetch: app.fetch }), '/push');
};

const fastify: StartServer = async (hub, options) => {
  const { default: Fastify } = await load('fastify');
  const push = createNodeHandler(hub, options);
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) =>
    done(null),
  );
  app.all('/push', (request: { raw: never }, reply: { raw: never; hijack(): void }) => {
    reply.hijack();
    push(request.raw, reply.raw);
  });
  await app.ready();
  return listen(app.server, '/push');
};

const koa: StartServer = async (hub, options) => {
  const { default: Koa } = await load('koa');
  const push = createNodeHandler(hub, options);
  const app = new Koa();
  app.use((ctx: { respond: boolean; req: never; res: never }) => {
    ctx.respond = false;
    push(ctx.req, ctx.res);
  });
  const { createServer } = await import('node:http');
  return listen(createServer(app.callback()), '/push');
};

const polka: StartServer = async (hub, options) => {
  const { default: create } = await load('polka');
  const app = create().use('/push', createNodeHandler(hub, options));
  const { createServer } = await import('node:http');
  return listen(createServer(app.handler), '/push');
};

describe.skipIf(folder === undefined).each(Object.entries({ hono, fastify, koa, polka }))(
  'mounted in %s',
  (_name, start) => {
    eachAdapter(start, it);
  },
);
