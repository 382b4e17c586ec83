/**
 * What is done about a block: the test file that runs it (relative to test/), or why nothing can be run.
 *
 * @returns `first` is how its first line begins.
 */
export type Verdict =
  | { readonly first: string; readonly by: string }
  | { readonly first: string; readonly because: string };

const runs = (first: string, by = 'docs/documents.test.ts'): Verdict => ({ first, by });
const stands = (first: string, because: string): Verdict => ({ first, because });

const install = 'npm packages that are installed for the test already';
const drawing = 'a drawing';
const landing = 'docs/landing.test.ts';
const byHand = 'docs/by-hand.test.ts';
const gettingStarted = 'docs/getting-started.test.ts';
const recipes = 'recipes/recipes.test.ts';
const next = 'next/guide.test.ts';
const webSocket = 'websocket/guide.test.ts';
const sockets = 'socket/guide.test.ts';
const metrics = 'metrics/guide.test.ts';
const openTelemetry = 'opentelemetry/guide.test.ts';
const inspector = 'inspector/guide.test.ts';
const cli = 'cli/guide.test.ts';
const proxies = 'proxies/guide.test.ts';
const authentication = 'recipes/authentication.test.ts';
const sideBySide = 'recipes/side-by-side.test.ts';

/** Blocks that begin with the names of files, and together are those files. */
const parts = (files: string): Verdict[] =>
  files
    .trim()
    .split(/\s+/)
    .map((file) => runs(`// ${file}`, sideBySide));
const outside = 'outside/guide.test.ts';
const presence = 'presence/guide.test.ts';

/** Every block of every document, in their order: one that is not here fails the tests until it is decided. */
export const verdicts: Readonly<Record<string, readonly Verdict[]>> = {
  'README.md': [
    stands('npm install', install),
    runs('// server.mjs'),
    runs('curl -N'),
    runs('{"type":"join-listen-ack"'),
    runs('<!-- public/index.html -->'),
    stands('npm start', 'examples/monitor.test.ts starts what npm start starts; npm test is this very run'),
    runs('// client.mjs'),
    stands(
      'npm ci && npm run build && node scripts/pack.mjs ../cometkit-packed',
      'packs the whole repository; test/consumer installs the tarballs',
    ),
  ],
  'docs/architecture.md': [
    stands('flowchart LR', drawing),
    runs('flowchart TB', 'architecture/road.test.ts'),
    stands('flowchart TB', drawing),
    stands('flowchart TB', drawing),
  ],
  'docs/delivery.md': [
    stands('sequenceDiagram', drawing),
    stands('sequenceDiagram', drawing),
    stands(' accepted = handed over', 'a formula'),
  ],
  'docs/errors.md': [runs('{"type":"https://', byHand)],
  'docs/getting-started.md': [
    stands('npm init -y', install),
    runs('// tsconfig.json', gettingStarted),
    runs('// src/subjects.ts', gettingStarted),
    runs('// src/server.ts', gettingStarted),
    stands('npx tsx watch', 'the test runs the same program by tsx, which would start it anew for ever'),
    runs('curl -N', gettingStarted),
    runs('<!-- public/index.html -->', gettingStarted),
    runs('// public/page.js', gettingStarted),
    runs('// public/page.js', gettingStarted),
    runs('npx tsc', gettingStarted),
    runs('// src/server.ts', gettingStarted),
  ],
  'docs/how-delivery-works.md': [stands('sequenceDiagram', drawing)],
  'docs/index.md': [
    runs('import express', landing),
    runs('// app/push/route.ts', landing),
    runs('import { createFetchHandler', landing),
    runs('import { createHub', landing),
    runs('const events', landing),
  ],
  'docs/protocol.md': [
    runs("curl -N 'http://localhost:3000/push?subject", byHand),
    runs('{"type":"join-listen-ack"', byHand),
    runs("curl -N -H 'Accept: text/event-stream'", byHand),
    runs('retry: 2000', byHand),
    runs('<!-- watch.html -->'),
    runs('// watch.mjs', byHand),
    runs("curl -N 'http://localhost:3000/push?subject=/system&since", byHand),
    runs('<!-- keep.html -->'),
    runs('{"type":"https://', byHand),
    runs("curl 'http://localhost:3000/push' -d 'type=join'", byHand),
    runs("curl 'http://localhost:3000/push' -H 'Accept: application/json'", byHand),
    runs('curl \'http://localhost:3000/push\' -d \'{"type":"publish"', byHand),
    runs("curl -N 'http://localhost:3000/push?p_event=join-listen", byHand),
    runs('<event p_event="join-listen-ack"', byHand),
    runs("curl 'http://localhost:3000/push?p_event=join&p_format=xml-strict", byHand),
    stands('sequenceDiagram', drawing),
    runs("curl 'http://localhost:3000/push?p_event=join&p_format=json", byHand),
    runs('curl -X POST', byHand),
  ],
  'docs/transports.md': [stands('flowchart TD', drawing)],
  'docs/troubleshooting.md': [
    stands('curl -N', 'the line of docs/getting-started.md, which is run, for all subjects'),
  ],
  'docs/guides/client.md': [
    runs('// server.mjs'),
    runs('// receive.mjs'),
    runs('// send.mjs'),
    stands(
      "client.on('error', async",
      'client/reopening.test.ts opens a refused client; the login is the application’s',
    ),
    stands('function Price', 'react/changing.test.ts and react/refused.test.ts show what it does'),
  ],
  'docs/guides/authentication.md': [
    runs('// express-session.mjs', authentication),
    runs('// passport.mjs', authentication),
    runs('// jwt.mjs', authentication),
    runs('// page.js', authentication),
    runs('// events.js', authentication),
    runs('// lib/session.ts', authentication),
    runs('// app/push/route.ts', authentication),
  ],
  'docs/guides/conversation.md': [runs('// conversation.mjs'), runs('// asks.mjs')],
  'docs/guides/custom-next-server.md': [
    stands('npm install', install),
    runs('// server.mjs', next),
    runs('// app/orders/route.ts', next),
    runs('curl -N', next),
  ],
  'docs/guides/custom-server.md': [
    runs('// tcp-server.mjs'),
    runs('$ nc localhost 4000'),
    runs('// virtual-time.mjs'),
  ],
  'docs/guides/express.md': [
    runs('// server.mjs'),
    runs('// guarded.mjs'),
    runs('// origins.mjs'),
    runs('// attached.mjs'),
    runs('// classic.mjs'),
    runs('// server.cjs'),
  ],
  'docs/guides/production.md': [
    runs('backend nodes', 'production/deploy.test.ts'),
    runs('export TRY=', 'production/one-machine.test.ts'),
    runs('export NODE_EXTRA_CA_CERTS', 'production/one-machine.test.ts'),
    runs('kill -9', 'production/one-machine.test.ts'),
    runs('for n in 1 2 3', 'production/one-machine.test.ts'),
    stands('memory = process', 'a formula; test/production/sizing.test.ts measures it'),
  ],
  'docs/guides/presence.md': [
    runs('// server.mjs', presence),
    runs('// client.mjs', presence),
    stands('import { usePresence', 'the hook of test/react/presence.test.ts, as a component shows it'),
  ],
  'docs/guides/publish-from-elsewhere.md': [
    runs('// server.mjs', outside),
    runs('curl', outside),
    runs('{"cursor"', outside),
    runs('// allowed.mjs', outside),
    runs('// worker.mjs', 'redis/guide.test.ts'),
    runs('ACL SETUSER', 'redis/publisher.test.ts'),
    runs('publish: {', 'nats/publisher.test.ts'),
    runs('# publish.py', outside),
    stands('<?php', 'there is no PHP here'),
    stands('// publish.go', 'there is no Go here'),
  ],
  'docs/guides/proxies.md': [runs('// server.mjs', proxies)],
  'docs/guides/push-server.md': [
    stands('npm install', install),
    runs('// server.mjs'),
    runs('// session.mjs', authentication),
    runs('// proxied.mjs'),
  ],
  ...Object.fromEntries(
    ['fastify', 'hono', 'koa', 'polka'].map((guide) => [
      `docs/guides/${guide}.md`,
      [stands('npm install', install), runs('// server.mjs', recipes), runs('curl -N', recipes)],
    ]),
  ),
  'docs/guides/nextjs.md': [
    stands('npm install', install),
    runs('// app/push/route.ts', next),
    runs('// app/orders.tsx', next),
    runs('// app/page.tsx', next),
    runs('curl -N', next),
    runs('// lib/shared-comet.ts', next),
    runs('// instrumentation.ts', next),
    runs('import { getHub, publish }', next),
    stands('// lib/cluster.ts', 'next/cluster.test.ts gives what it makes'),
    runs('import { createRouteHandlers }', next),
    runs('// lib/comet.ts', next),
  ],
  'docs/guides/devtools.md': [
    stands('npm install', install),
    runs('// app.js', 'browser/devtools.test.ts'),
    stands('function Devtools', 'a component around the call that browser/devtools.test.ts makes'),
    runs('// local.js', 'browser/devtools.test.ts'),
  ],
  'docs/guides/streams.md': [
    runs('// answers.mjs'),
    runs('// reads.mjs'),
    runs('// app/answers/[id]/route.ts', next),
  ],
  'docs/guides/templates.md': [
    stands(
      'npm create',
      'asks the registry; create/templates.test.ts runs the packed program, and what it makes',
    ),
    stands('npm create cometkit@latest shop', 'as above'),
  ],
  'docs/guides/testing.md': [
    stands('npm install', install),
    runs('// nodes.test.mjs', 'testkit/guide.test.ts'),
  ],
  'docs/guides/tls.md': [
    runs('openssl req', 'docs/tls.test.ts'),
    runs('// tls.mjs', 'docs/tls.test.ts'),
    runs('// http2.mjs', 'docs/tls.test.ts'),
  ],
  'docs/guides/sockets.md': [
    stands('npm install', install),
    runs('// server.mjs', sockets),
    runs("(echo '{", sockets),
    runs('{"type":"join-listen-ack"', sockets),
    runs("(printf '<event", sockets),
    runs('<event p_event="join-listen-ack"', sockets),
    runs('// Read.java', sockets),
    runs('// policy.mjs', sockets),
    runs('client → ', sockets),
    runs('// multicast.mjs', sockets),
  ],
  'docs/guides/command-line.md': [
    runs('// server.mjs', cli),
    runs("npx cometkit listen http://localhost:3000/push '/prices/**' --last 2 --count 3", cli),
    runs('21:04:07.120 /prices/aex', cli),
    runs('npx cometkit listen http://localhost:3000/push /prices --json', cli),
    runs('npx cometkit publish http://localhost:3000/push', cli),
    runs('npx cometkit doctor http://localhost:3000/push', cli),
    runs('ok    server        CometKit answers', cli),
    runs('npx cometkit bench', cli),
    runs('npx cometkit inspect', cli),
    runs('npx cometkit explain', cli),
  ],
  'docs/guides/inspector.md': [
    stands('npm install', install),
    runs('// server.mjs', inspector),
    runs('// explain.mjs', inspector),
    runs('The subscription /orders', inspector),
    runs('No session here', 'inspector/cluster.test.ts'),
  ],
  'docs/guides/scale-out.md': [
    runs('// server.mjs', 'redis/guide.test.ts'),
    stands('// engine.mjs', 'test/redis/sentinel.test.ts asks a Sentinel of its own in the same way'),
    runs('ACL SETUSER', 'redis/refusals.test.ts'),
    runs('publish: {', 'nats/permissions.test.ts'),
  ],
  'docs/guides/opentelemetry.md': [
    stands('npm install', install),
    runs('// server.mjs', openTelemetry),
    runs('// client.mjs', openTelemetry),
  ],
  'docs/guides/metrics.md': [
    stands('npm install', install),
    runs('// server.mjs', metrics),
    runs('# prometheus.yml', metrics),
    runs('// registry.mjs', metrics),
    runs('# alerts.yml', metrics),
    runs('// tool.mjs', metrics),
  ],
  'docs/guides/typescript.md': [
    runs('// announce.ts', 'consumer/consumer.test.ts'),
    runs('// subjects.ts', 'consumer/consumer.test.ts'),
    runs('// server.ts', 'consumer/consumer.test.ts'),
    runs('// client.ts', 'consumer/consumer.test.ts'),
  ],
  'docs/guides/from-socket-io.md': [
    ...parts(`
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/server.mjs cometkit/server.mjs socket.io/client.mjs cometkit/client.mjs
      socket.io/client.mjs cometkit/client.mjs socket.io/server.mjs cometkit/server.mjs
      socket.io/client.mjs cometkit/client.mjs`),
    runs('refused: please sign in', sideBySide),
  ],
  'docs/guides/from-eventsource.md': [
    ...parts(`
      by-hand/server.mjs better-sse/server.mjs cometkit/server.mjs before/page.js cometkit/page.js
      by-hand/server.mjs better-sse/server.mjs cometkit/server.mjs by-hand/server.mjs
      better-sse/server.mjs cometkit/server.mjs before/page.js cometkit/page.js by-hand/server.mjs
      better-sse/server.mjs cometkit/page.js by-hand/server.mjs better-sse/server.mjs
      cometkit/server.mjs before/page.js cometkit/page.js by-hand/server.mjs better-sse/server.mjs
      cometkit/server.mjs by-hand/server.mjs better-sse/server.mjs cometkit/server.mjs
      before/page.js cometkit/page.js`),
    runs('ordered: green', sideBySide),
  ],
  'docs/guides/from-pusher-ably-centrifugo.md': [
    ...parts(`
      pusher/server.mjs ably/server.mjs centrifugo/server.mjs cometkit/server.mjs pusher/page.js
      ably/page.js centrifugo/page.js cometkit/client.mjs pusher/server.mjs ably/server.mjs
      centrifugo/server.mjs cometkit/server.mjs pusher/server.mjs ably/server.mjs
      centrifugo/server.mjs cometkit/server.mjs cometkit/client.mjs pusher/page.js ably/page.js
      centrifugo/page.js cometkit/server.mjs cometkit/client.mjs pusher/page.js ably/page.js
      centrifugo/page.js cometkit/server.mjs cometkit/client.mjs pusher/page.js ably/page.js
      centrifugo/page.js cometkit/server.mjs cometkit/client.mjs pusher/page.js ably/page.js
      centrifugo/page.js cometkit/client.mjs`),
    runs('order: 7', sideBySide),
  ],
  'docs/guides/websocket.md': [
    stands('npm install', install),
    runs('// server.mjs', webSocket),
    runs('{"type":"join-listen","subject"', webSocket),
    runs('{"type":"join-listen-ack"', webSocket),
    runs('<!-- public/index.html -->', webSocket),
    runs('// client.mjs', webSocket),
    stands('location /push {', 'needs nginx'),
  ],
};
