// Every system that can be measured. A system is a module of bench/systems and the options it is started with.
import { canCertify } from '../systems/certificate.mjs';
import { isPresent } from '../systems/peers/nchan-files.mjs';
import { missing } from './engine.mjs';

const folder = new URL('../systems/', import.meta.url);

function entry(group, name, file, options, about) {
  const mode = options.mode === 'poll' || options.way === 'poll' ? 'poll' : 'stream';
  return { group, name, mode, url: new URL(file, folder).href, options, about };
}

// WebSockets are held against a limit of their own.
function socketEntry(...args) {
  return { ...entry(...args), mode: 'socket' };
}

/** What says something only under some workloads, by their letters. */
function onlyIn(letters, system) {
  return { ...system, onlyIn: letters };
}

// The generator speaks TLS only to these.
function secure(system) {
  const available = () =>
    canCertify() ? undefined : 'openssl, which makes the certificate, is not installed';
  return onlyIn(['E'], { ...system, tls: true, available });
}

const limits = [
  entry('limits', 'raw', 'raw.mjs', {}, 'bare sockets, one write for each event'),
  entry('limits', 'raw-co', 'raw.mjs', { join: 'turn' }, 'bare sockets, the events of a turn in one write'),
  entry('limits', 'raw-win', 'raw.mjs', { join: 'window' }, 'bare sockets, the events of 2 ms in one write'),
  entry('limits', 'http', 'bare.mjs', { host: 'http' }, 'node:http, res.write of one buffer'),
  entry(
    'limits',
    'http-socket',
    'bare.mjs',
    { host: 'http', past: true },
    'node:http, one ready chunk to each socket of a response',
  ),
  entry('limits', 'express', 'bare.mjs', { host: 'express' }, 'Express 5, res.write of one buffer'),
  entry('limits', 'raw-poll', 'raw-poll.mjs', { mode: 'poll' }, 'bare sockets, a ready answer'),
  entry(
    'limits',
    'http-poll',
    'bare.mjs',
    { host: 'http', mode: 'poll' },
    'node:http, res.end of one buffer',
  ),
  entry(
    'limits',
    'express-poll',
    'bare.mjs',
    { host: 'express', mode: 'poll' },
    'Express 5, res.end of one buffer',
  ),
  socketEntry('limits', 'ws', 'websocket.mjs', {}, 'ws, one ready frame written to each socket'),
  onlyIn(
    ['P'],
    entry(
      'limits',
      'raw-ack',
      'raw.mjs',
      { acknowledge: true },
      'raw, and a ready answer to each acknowledgement',
    ),
  ),
  onlyIn(
    ['R'],
    entry('limits', 'raw-past', 'raw-past.mjs', {}, 'bare sockets, all that was published in one write'),
  ),
  onlyIn(['K'], entry('limits', 'raw-map', 'raw-map.mjs', {}, 'bare sockets in a Map of subjects')),
  secure(
    entry('limits', 'tls', 'raw.mjs', { tls: true }, 'bare sockets of TLS, a ready chunk written to each'),
  ),
  secure(entry('limits', 'https', 'bare.mjs', { host: 'https' }, 'node:https, res.write of one buffer')),
];

const ways = { sse: 'server-sent events', ndjson: 'lines of JSON', poll: 'long polls' };

const hosts = {
  http: 'on node:http',
  express: 'in Express',
  attach: 'in front of Express',
  front: 'behind its front door',
};

const ours = [
  ...Object.entries(hosts).flatMap(([host, where]) =>
    Object.entries(ways).map(([way, about]) =>
      entry('ours', `cometkit-${host}-${way}`, 'cometkit.mjs', { host, way }, `CometKit ${where}, ${about}`),
    ),
  ),
  socketEntry(
    'ours',
    'cometkit-websocket',
    'cometkit.mjs',
    { host: 'http', way: 'websocket' },
    'CometKit, WebSocket',
  ),
  ...['sse', 'ndjson'].map((way) =>
    secure(
      entry(
        'ours',
        `cometkit-https-${way}`,
        'cometkit.mjs',
        { host: 'https', way },
        `CometKit on node:https, ${ways[way]}`,
      ),
    ),
  ),
];

function peer(name, packageName, file, way, about) {
  return { ...entry('peers', name, `peers/${file}`, { way }, about), peer: packageName };
}

const peers = [
  peer('better-sse', 'better-sse', 'better-sse.mjs', 'sse', 'better-sse on Express, a channel'),
  peer('faye-sse', 'faye', 'faye.mjs', 'sse', 'Faye, EventSource'),
  peer('faye-websocket', 'faye', 'faye.mjs', 'websocket', 'Faye, WebSocket'),
  peer('socketio-websocket', 'socket.io', 'socketio.mjs', 'websocket', 'Socket.IO, WebSocket'),
  peer('sockjs-stream', 'sockjs', 'sockjs.mjs', 'stream', 'SockJS, XHR streaming'),
  peer('sockjs-websocket', 'sockjs', 'sockjs.mjs', 'websocket', 'SockJS, WebSocket'),
  peer('socketio-poll', 'socket.io', 'socketio.mjs', 'poll', 'Socket.IO, long-polling'),
  peer('faye-poll', 'faye', 'faye.mjs', 'poll', 'Faye, long-polling'),
  peer('sockjs-poll', 'sockjs', 'sockjs.mjs', 'poll', 'SockJS, XHR polling'),
  peer('cometd-poll', 'cometd-nodejs-server', 'cometd.mjs', 'poll', 'CometD, long-polling'),
];

// Readers of the same server: what is measured is how they read.
function reader(group, name, kind, about) {
  const url = new URL('cometkit.mjs', folder).href;
  const uses = ['eventsource', 'ws'];
  return { group, name, mode: 'client', url, options: { host: 'http', way: 'websocket' }, kind, about, uses };
}

const clientReaders = [
  reader('limits', 'eventsource', 'bare-event-source', 'the npm package eventsource, bare'),
  reader('limits', 'hand-reader', 'hand', 'node:http, a split at the blank line'),
  reader('ours', 'client-stream', 'stream', '@cometkit/client on Node over a stream'),
  reader('ours', 'client-websocket', 'web-socket', '@cometkit/client over WebSocket (ws)'),
  reader('ours', 'client-eventsource', 'event-source', '@cometkit/client over EventSource (eventsource)'),
  reader('ours', 'client-long-poll', 'long-poll', '@cometkit/client over long-poll'),
  reader('ours', 'client-model', 'model', '1,000 clients whose time is an argument'),
];

// Who asks, and who answers: HTTP and WebSocket have limits of their own.
function asker(group, name, file, host, kind, about, more = {}) {
  const mode = host === 'ws' || kind === 'web-socket' || kind === 'socket-io' ? 'ask-socket' : 'ask';
  const url = new URL(file, folder).href;
  return { group, name, mode, url, options: { host }, kind, about, uses: ['express', 'ws'], ...more };
}

const own = 'answering.mjs';
const askersOf = [
  asker('limits', 'express-post', own, 'express', 'bare-fetch', 'a fetch POST to a route of Express 5'),
  asker('limits', 'ws-echo', own, 'ws', 'bare-socket', 'an echo on bare ws'),
  asker('ours', 'request-stream', own, 'express', 'stream', 'client.request over a fetch stream'),
  asker('ours', 'request-long-poll', own, 'express', 'long-poll', 'client.request over long polls'),
  asker('ours', 'request-websocket', own, 'express', 'web-socket', 'client.request over WebSocket'),
  asker(
    'peers',
    'socketio-ack',
    'peers/socketio-answering.mjs',
    'socket.io',
    'socket-io',
    'emitWithAck of Socket.IO',
    {
      peer: 'socket.io-client',
    },
  ),
];

// A server in C, where it is installed.
const nchan = {
  ...entry('peers', 'nchan-sse', 'peers/nchan.mjs', { way: 'sse' }, 'nginx with nchan (in C), EventSource'),
  peer: undefined,
  available: () => (isPresent() ? undefined : 'nginx with nchan is not installed'),
};

// Systems of several nodes over an engine.
function nodes(group, name, engine, about, more = {}) {
  const url = new URL('nodes.mjs', folder).href;
  const available = () => engine && missing(engine);
  return { group, name, mode: 'nodes', url, options: {}, engine, about, available, ...more };
}

const manyNodes = [
  nodes('limits', 'one-node', undefined, 'CometKit in one process, whose log is its memory'),
  nodes('ours', 'cometkit-redis', 'redis', 'nodes of CometKit over Redis'),
  nodes('ours', 'cometkit-nats', 'nats', 'nodes of CometKit over NATS JetStream'),
  nodes('peers', 'socketio-redis', 'redis', 'nodes of Socket.IO with its adapter for Redis Streams', {
    url: new URL('peers/socketio-nodes.mjs', folder).href,
    peer: '@socket.io/redis-streams-adapter',
  }),
];

/** All systems, limits first. */
export const systems = [...limits, ...ours, ...manyNodes, ...clientReaders, ...askersOf, ...peers, nchan];

/** The names that stand for several systems. */
export const groups = [...new Set(systems.map(({ group }) => group))];

/**
 * Finds systems by name, group or `all`.
 *
 * @throws Error — a name is not known.
 */
export function findSystems(names) {
  const found = names.flatMap((name) => {
    const some = systems.filter((system) => name === 'all' || system.name === name || system.group === name);
    if (some.length === 0) throw new Error(`no system "${name}"; --list shows them`);
    return some;
  });
  return systems.filter((system) => found.includes(system));
}
