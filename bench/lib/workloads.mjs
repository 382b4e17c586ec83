// The workloads, by letter.
import { deadReaders, fanOut, heartbeats, polls, scaling, waiting } from './measures.mjs';

/**
 * A workload: `limits` are what its figures are divided by, for streams, polls and WebSockets, the leading one first; a mode
 * without an entry is not measured. `plan` gets the function that makes numbers of connections small in a quick run.
 */
function workload(letter, title, limits, measure, plan) {
  const run = (context, system) => measure(context, system, plan(context.size, context));
  return { letter, title, limits, run };
}

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
];

/**
 * Finds workloads by letter.
 *
 * @throws Error — a letter is not known.
 */
export function findWorkloads(letters) {
  const wanted = letters.map((letter) => letter.toUpperCase());
  const known = workloads.map(({ letter }) => letter);
  const wrong = wanted.find((letter) => !known.includes(letter));
  if (wrong) throw new Error(`no workload "${wrong}"; there are ${known.join(', ')}`);
  return workloads.filter(({ letter }) => wanted.includes(letter));
}

/** Whether a workload says anything about a system. */
export function fits({ limits, only }, { mode, group, name }) {
  const meant = only === undefined || only.includes(group) || only.includes(name);
  return meant && limits[mode] !== undefined;
}
