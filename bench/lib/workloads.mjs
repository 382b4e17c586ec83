// The workloads, by letter.
import { acknowledging } from './acknowledging.mjs';
import { asking } from './asking.mjs';
import { outages, subscriptions, throughput } from './clients.mjs';
import { deadReaders, fanOut, heartbeats, polls, scaling, waiting } from './measures.mjs';
import { moving } from './moving.mjs';
import { acrossNodes, idleEngine, throughLog } from './over-nodes.mjs';
import { resuming } from './resuming.mjs';
import { storm } from './storm.mjs';
import { subscribing } from './subscribing.mjs';

/**
 * A workload: `limits` are what its figures are divided by, for streams, polls and WebSockets, the leading one first; a mode
 * without an entry is not measured. `plan` gets the function that makes numbers of connections small in a quick run.
 */
function workload(letter, title, limits, measure, plan) {
  const run = (context, system) => measure(context, system, plan(context.size, context));
  return { letter, title, limits, run };
}

// The more a batch holds, the less the turns of the server count; some 2 MB are under way. Units: bytes of the data.
const flowSizes = [
  { name: '100 B', bytes: 100, batch: 20, underWay: 2000 },
  { name: '4 KB', bytes: 4096, batch: 1, underWay: 500 },
  { name: '12 KB', bytes: 12_288, batch: 1, underWay: 160 },
  { name: '60 KB', bytes: 61_440, batch: 1, underWay: 40 },
];

// As long as the default settings ask for: five leases, twenty times the time that an acknowledgement may take, as long as the log
// goes back, three hundred acknowledgements of each client.
const tenMinutes = { warmUpMs: 600_000, measureMs: 20_500, acknowledgeMs: 2000 };
// The same faster, for a few seconds: ten leases, ten times the time that an acknowledgement may take, fifty acknowledgements.
const hastened = {
  ...{ warmUpMs: 5000, measureMs: 1000, acknowledgeMs: 100 },
  hub: { leaseMs: 500, embryonicLeaseMs: 500, ackTimeoutMs: 500, heartbeatMs: 500 },
};

/** All of them. */
export const workloads = [
  workload(
    'A',
    '1,000 streams, 20 events a second',
    { stream: ['raw', 'http'], socket: ['ws', 'raw'] },
    fanOut,
    (size) => ({
      kind: 'steady',
      rate: 20,
      connections: size(1000),
    }),
  ),
  {
    ...workload(
      'U',
      '1,000 streams that also want a subject of their own each, 20 events a second',
      { stream: ['raw', 'http'], socket: ['ws', 'raw'] },
      fanOut,
      (size) => ({ kind: 'steady', rate: 20, connections: size(1000), own: true }),
    ),
    only: ['ours', 'raw', 'http', 'ws'],
  },
  {
    ...workload(
      'P',
      '1,000 clients that acknowledge, 20 events a second, after ten minutes',
      { stream: ['raw', 'raw-ack'], socket: ['raw', 'raw-ack'] },
      acknowledging,
      (size, { quick }) => ({ rate: 20, connections: size(1000), ...(quick ? hastened : tenMinutes) }),
    ),
    only: ['cometkit-http-ndjson', 'cometkit-websocket', 'raw', 'raw-ack'],
    long: true,
  },
  {
    ...workload(
      'E',
      '1,000 streams over TLS, 20 events a second',
      { stream: ['tls', 'https'] },
      fanOut,
      (size) => ({ kind: 'steady', rate: 20, connections: size(1000) }),
    ),
    only: ['tls', 'https', 'cometkit-https-sse', 'cometkit-https-ndjson'],
  },
  workload(
    'B',
    'bursts of 50 events in one turn, closed loop',
    { stream: ['raw-co'], socket: ['ws', 'raw-co'] },
    fanOut,
    (size) => ({
      kind: 'bursts',
      size: 50,
      ack: 50,
      connections: size(1000),
    }),
  ),
  workload(
    'T',
    'one event per turn, closed loop',
    { stream: ['raw-win', 'raw'], socket: ['ws', 'raw-win'] },
    fanOut,
    (size) => ({
      kind: 'turns',
      size: 50,
      ack: 5,
      connections: size(1000),
    }),
  ),
  workload(
    'C',
    '1,000 long polls, 5 events a second',
    { poll: ['http-poll', 'raw-poll'] },
    polls,
    (size) => ({ rate: 5, connections: size(1000) }),
  ),
  workload(
    'D',
    '2,000 idle clients',
    { stream: ['raw', 'express'], poll: ['raw-poll', 'express-poll'], socket: ['ws'] },
    waiting,
    (size) => ({ connections: size(2000) }),
  ),
  workload(
    'F',
    '10,000 streams on 1,000 subjects',
    { stream: ['raw', 'http'] },
    fanOut,
    (size, { quick }) => ({
      kind: 'steady',
      rate: 500,
      connections: size(10_000),
      subjects: size(1000),
      // Until each stream has had some events, and the compiler those that it compiles after.
      ...(quick ? {} : { warmUpMs: 10_000 }),
    }),
  ),
  workload('G', '1,000 streams, 5 % of them never read', { stream: ['raw'] }, deadReaders, (size) => ({
    rate: 20,
    bytes: 8192,
    share: 0.05,
    connections: size(1000),
  })),
  {
    ...workload(
      'H',
      '10,000 idle sessions, a heartbeat every 10 s',
      { stream: ['raw'] },
      heartbeats,
      (size, { quick }) => ({ connections: size(10_000), measureMs: quick ? 1000 : 20_000 }),
    ),
    only: ['ours', 'raw'],
  },
  workload(
    'S',
    '100 to 10,000 streams, 20,000 deliveries a second',
    { stream: ['raw'] },
    scaling,
    (size) => ({ sizes: [100, 1000, 10_000].map(size), deliveries: size(20_000) }),
  ),
  {
    ...workload(
      'R',
      '300 readers ask for the last 1,000 events of 3 KB at once',
      { stream: ['raw-past'] },
      resuming,
      (size) => ({ readers: size(300), events: 1000, bytes: 3072 }),
    ),
    only: ['raw-past', 'cometkit-http-sse', 'cometkit-http-ndjson'],
  },
  {
    ...workload(
      'J',
      '5,000 clients come back at once, beside 100 that are there',
      { stream: ['http', 'raw', 'express'] },
      storm,
      (size) => ({ clients: size(5000), bystanders: size(100), rate: 50 }),
    ),
    only: [
      'http',
      'raw',
      'express',
      'cometkit-http-sse',
      'cometkit-http-ndjson',
      'cometkit-express-sse',
      'cometkit-front-sse',
    ],
  },
  {
    ...workload(
      'K',
      '100,000 subscriptions of 2,000 sessions',
      { stream: ['raw-map'] },
      subscribing,
      (size) => ({ sessions: size(2000), subscriptions: 50 }),
    ),
    only: ['raw-map', 'cometkit-http-ndjson'],
  },
  workload(
    'N1',
    '1,000 streams of one node, 20 events a second from another',
    { nodes: ['one-node'] },
    acrossNodes,
    (size) => ({ nodes: 2, kind: 'steady', rate: 20, connections: size(1000) }),
  ),
  workload(
    'N2',
    'bursts of 50 events from another node, closed loop',
    { nodes: ['one-node'] },
    acrossNodes,
    (size) => ({ nodes: 2, kind: 'bursts', size: 50, ack: 50, connections: size(1000) }),
  ),
  {
    ...workload(
      'N3',
      'as many events as go through one log, from one node of three to another',
      { nodes: ['one-node'] },
      throughLog,
      () => ({ nodes: 3, connections: 3, many: { batch: 256, size: 2560, ack: 256 } }),
    ),
    except: ['socketio-redis'],
  },
  {
    ...workload(
      'N4',
      'two idle nodes, without sessions and with 10,000 each',
      { nodes: [] },
      idleEngine,
      (size, { quick }) => ({ sessions: size(20_000), measureMs: quick ? 1000 : 10_000 }),
    ),
    only: ['cometkit-redis', 'cometkit-nats'],
  },
  {
    ...workload(
      'N5',
      '1,500 clients whose node is killed go on at another',
      { nodes: [] },
      moving,
      (size) => ({ clients: size(1500) }),
    ),
    only: ['cometkit-redis', 'cometkit-nats'],
  },
  {
    ...workload(
      'L1',
      'one reader, events of 100 B to 60 KB',
      { client: ['eventsource', 'hand-reader'] },
      throughput,
      (_size, { quick }) => ({ sizes: quick ? flowSizes.slice(0, 2) : flowSizes }),
    ),
    except: ['client-model'],
  },
  {
    ...workload(
      'L2',
      '300 subscriptions of one client, 40 ms round trip',
      { client: ['eventsource'] },
      subscriptions,
      (size) => ({ count: size(300), roundTripMs: 40, longestMs: 60_000 }),
    ),
    except: ['client-model', 'hand-reader'],
  },
  {
    ...workload(
      'L3',
      '200 clients after an outage of 0.5, 3 and 10 s',
      { client: ['eventsource'] },
      outages,
      (size, { quick }) => ({
        count: size(200),
        modelled: size(1000),
        outagesMs: quick ? [500] : [500, 3000, 10_000],
        longestMs: 60_000,
      }),
    ),
    except: ['hand-reader', 'client-long-poll'],
  },
  workload(
    'Q',
    'questions of one client, and their answers',
    { ask: ['express-post'], 'ask-socket': ['ws-echo', 'socketio-ack'] },
    asking,
    (_size, { quick }) => ({ warmUp: quick ? 50 : 1000, count: quick ? 100 : 3000, together: 16 }),
  ),
];

/**
 * Finds workloads by letter; `L` stands for all that begin with it.
 *
 * @throws Error — a letter is not known.
 */
export function findWorkloads(letters) {
  const wanted = letters.map((letter) => letter.toUpperCase());
  const known = workloads.map(({ letter }) => letter);
  const means = (letter, other) => other === letter || (letter.length === 1 && other.startsWith(letter));
  const wrong = wanted.find((letter) => !known.some((other) => means(letter, other)));
  if (wrong) throw new Error(`no workload "${wrong}"; there are ${known.join(', ')}`);
  return workloads.filter(({ letter }) => wanted.some((one) => means(one, letter)));
}

/** Whether a workload says anything about a system. */
export function fits({ letter, limits, only, except = [] }, { mode, group, name, onlyIn = [letter] }) {
  const meant = !except.includes(name) && (only === undefined || only.includes(group) || only.includes(name));
  return meant && onlyIn.includes(letter) && limits[mode] !== undefined;
}
