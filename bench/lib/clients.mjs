// How the own client is measured beside a bare EventSource: throughput, many subscriptions, and the way back.
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';
import { Line } from './line.mjs';
import { figure, plain } from './measures.mjs';
import { within, withServer } from './trial.mjs';

const host = fileURLToPath(new URL('../readers/host.mjs', import.meta.url));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const originOf = (port) => `http://127.0.0.1:${port}`;
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Gives `use` a process of readers, and ends it afterwards. */
export async function withReaders(use) {
  const readers = await Child.start('load', host, []);
  try {
    return await use(readers);
  } finally {
    await readers.stop();
  }
}

// A reader that waits so long between two events of a full line stands still. Units: ms.
const stillMs = 1000;

function faultsOf(size, { missing, duplicates, reordered, gaps, pauseMs }) {
  const counts = { missing, duplicates, reordered, gaps };
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  const words = found.map(([name, count]) => `${count} ${name}`);
  if (pauseMs > stillMs) words.push('stood still');
  return words.length === 0 ? [] : [`${size}: ${words.join(', ')}`];
}

function flow(context, system, { bytes, batch, underWay }) {
  return withServer(system, (server) =>
    withReaders(async (readers) => {
      const { kind } = system;
      const ack = underWay / 10;
      const asked = { kind, origin: originOf(server.port), control: server.control, ack };
      await within(readers.ask('flow', asked), 20_000, 'connecting');
      const plan = { kind: 'turns', size: underWay, batch, bytes, ...context.times };
      const { last } = await within(server.ask('drive', plan), 60_000, 'publishing');
      return await within(readers.ask('account', last), 60_000, 'the account');
    }),
  );
}

/** Events of several sizes to one reader, as fast as it takes them; `underWay` of them are on their way at most. */
export async function throughput(context, system, { sizes }) {
  const figures = [];
  const faults = [];
  for (const { name, ...size } of sizes) {
    const account = await flow(context, system, size);
    figures.push(figure(name, 'MB/s', (account.perSecond * size.bytes) / 1e6, { more: true }));
    faults.push(...faultsOf(name, account));
  }
  return { figures, faults, generator: 0 };
}

// The server publishes all the time; whatever is ready for it gets an event within 20 ms.
function publishing(server, ms) {
  const plan = { kind: 'steady', rate: 50, bytes: 150, warmUpMs: 0, measureMs: ms };
  server.ask('drive', plan).catch(() => undefined);
}

/** How long after the server is back the first event comes. Units: ms. */
async function afterRestart(system, line, readers, longestMs) {
  await line.down();
  return await withServer(system, async (server) => {
    line.target = server.port;
    publishing(server, longestMs);
    const next = readers.ask('nextEvent');
    const begin = nowMs();
    await line.up();
    return (await within(next, longestMs, 'the first event after the restart')) - begin;
  });
}

/** Many subscriptions on a slow line, then another server in the place of the first. */
export async function subscriptions(_context, system, { count, roundTripMs, longestMs }) {
  // A bare EventSource names all subjects in one pattern, which may be four times as long as a subject.
  const hub = { maxSubscriptions: 4 * count, maxSubjectLength: 2048 };
  const raised = { ...system, options: { ...system.options, hub } };
  return await withReaders(async (readers) => {
    const { line, first, more } = await withServer(raised, async (server) => {
      await within(
        readers.ask('warmUp', { kind: system.kind, origin: originOf(server.port) }),
        20_000,
        'joining',
      );
      const line = await Line.open(server.port, roundTripMs / 2);
      const asked = { kind: system.kind, origin: originOf(line.port), count };
      const first = await within(readers.ask('many', asked), longestMs, 'subscribing');
      return { line, first, more: await within(readers.ask('more', count), longestMs, 'subscribing') };
    });
    const back = await afterRestart(raised, line, readers, longestMs).finally(() => line.down());
    const trips = (name, ms) => figure(name, 'round trips', ms / roundTripMs);
    const figures = [
      trips('connect and subscribe', first),
      ...(more === undefined ? [] : [trips('as many more', more)]),
      figure('first event after a restart', 'ms', back),
    ];
    return { figures, faults: [], generator: 0 };
  });
}

/** The value that a share of the sorted values does not exceed. */
function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The largest part of `count` that falls into any `windowMs`. */
function largestShare(sorted, windowMs, count) {
  let [from, most] = [0, 0];
  sorted.forEach((at, index) => {
    while (at - sorted[from] > windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most / count;
}

async function crowd(readers, system, { count, outageMs, longestMs }) {
  return await withServer(system, async (server) => {
    const line = await Line.open(server.port);
    try {
      const asked = { kind: system.kind, origin: originOf(line.port), count };
      await within(readers.ask('crowd', asked), 30_000, 'connecting');
      await line.down();
      await sleep(outageMs);
      await line.up();
      const end = nowMs();
      return await readers.ask('returned', { end, count, longestMs });
    } finally {
      await line.down();
    }
  });
}

function outageFigures(name, returns, count) {
  const sorted = [...returns].sort((a, b) => a - b);
  return [
    figure(`${name}: p99`, 's', quantile(sorted, 0.99) / 1000, plain),
    figure(`${name}: p50`, 's', quantile(sorted, 0.5) / 1000, plain),
    figure(`${name}: most in 100 ms`, '%', largestShare(sorted, 100, count) * 100, plain),
  ];
}

/** Clients that are cut off for a while: how soon they are back, and how many of them at once. */
export async function outages(_context, system, { count, modelled, outagesMs, longestMs }) {
  const figures = [];
  const faults = [];
  for (const outageMs of outagesMs) {
    const name = `${outageMs / 1000} s`;
    const of = system.kind === 'model' ? modelled : count;
    const returns = await withReaders((readers) =>
      system.kind === 'model'
        ? readers.ask('model', { clients: of, outageMs, longestMs })
        : crowd(readers, system, { count: of, outageMs, longestMs }),
    );
    figures.push(...outageFigures(name, returns, of));
    if (returns.length < of) faults.push(`${name}: ${of - returns.length} did not come back`);
  }
  return { figures, faults, generator: 0 };
}
