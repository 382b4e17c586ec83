// CometKit with its default settings: on node:http or node:https, in an Express app, in front of one on its server or behind the front door of
// one, over a stream (sse, ndjson), long polls or WebSocket.
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { makeCertificate } from './certificate.mjs';
import { ownClient, subscribingClient } from './own-client.mjs';
import { upgrade } from './peers/websocket.mjs';
import { get, listen } from './shared.mjs';

async function appOf(hubOptions) {
  const [{ default: express }, { comet }] = await Promise.all([
    import('express'),
    import('@cometkit/express'),
  ]);
  const push = comet({ hub: hubOptions });
  return { hub: push.hub, push, server: createServer(express().use('/push', push)) };
}

async function serverOf(host, hubOptions) {
  if (host === 'express') return appOf(hubOptions);
  if (host === 'attach') {
    const app = await appOf(hubOptions);
    app.push.attach(app.server);
    return app;
  }
  if (host === 'front') {
    const [{ hub, push, server }, { createPushServer }] = await Promise.all([
      appOf(hubOptions),
      import('@cometkit/node'),
    ]);
    return { hub, push, server: createPushServer(server, push, { path: '/push' }) };
  }
  const { createHub, createNodeHandler } = await import('@cometkit/node');
  const hub = createHub(hubOptions);
  const push = createNodeHandler(hub, { path: '/push' });
  const server = host === 'https' ? createSecureServer(makeCertificate(), push) : createServer(push);
  return { hub, push, server };
}

// The generator answers no pings: none comes while it runs.
async function attach({ server, push }) {
  const { attachWebSocket } = await import('@cometkit/websocket');
  attachWebSocket(server, push, { pingMs: 7_200_000 });
}

function streamClient(format) {
  const path = `/push?subject=/bench/<<s>>&format=${format}`;
  return { steps: [{ text: get(path), expect: 'listen-ack' }] };
}

// The answer to each poll names the next one, which acknowledges what it brought.
const pollClient = {
  steps: [
    {
      text: get('/push?subject=/bench/<<s>>&mode=long-poll'),
      captures: [
        ['key', '"key":"', '"'],
        ['url', '"url":"', '"'],
      ],
    },
    { text: get('<<url>>&key=<<key>>'), captures: [['url', '"url":"', '"']] },
  ],
  repeat: true,
};

const socketClient = {
  steps: [
    { text: upgrade('/push') },
    { websocket: true, text: '{"type":"join-listen","subject":"/bench/<<s>>"}', expect: 'listen-ack' },
  ],
};

function clientOf(way) {
  if (way === 'websocket') return socketClient;
  return way === 'poll' ? pollClient : streamClient(way);
}

// Readers that come back: an EventSource names the last event that it had, which was the one before all others; a reader of lines
// asks for the newest.
function resumingClient(way, cursor, past) {
  const path = `/push?subject=/bench/<<s>>&format=${way}`;
  const text = way === 'sse' ? get(path, `Last-Event-ID: ${cursor}\r\n`) : get(`${path}&last=${past}`);
  return { steps: [{ text, expect: 'listen-ack' }] };
}

function clientFor({ way, acknowledge, past, subscriptions }, hub) {
  if (acknowledge) return ownClient(way);
  if (past) return resumingClient(way, hub.cursor(), past);
  return subscriptions ? subscribingClient(subscriptions) : clientOf(way);
}

/**
 * Starts the server.
 *
 * @param options - `host` is `http`, `https`, `express`, `attach` or `front`; `way` is `sse`, `ndjson`, `poll` or `websocket`; `hub` are
 *   options of the hub; with `own` every session also subscribes to a subject of its own. Clients speak as the own client does
 *   with `acknowledge`, ask for so many past events with `past`, and subscribe to so many subjects of their own with `subscriptions`.
 */
export async function start(options) {
  const { host, way, hub: hubOptions = {}, own = false } = options;
  const { hub, push, server } = await serverOf(host, hubOptions);
  if (own) hub.on('session-opened', (session) => hub.subscribe(session, `/users/${session.id}`));
  if (way === 'websocket') await attach({ server, push });
  return {
    port: await listen(server),
    client: clientFor(options, hub),
    publish: (subject, data) => hub.publish(`/bench/${subject}`, data),
    stats: () => hub.stats(),
  };
}
