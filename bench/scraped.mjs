// `node bench/scraped.mjs`: what metrics cost that are scraped, as a ratio of processor time. One server with real sockets publishes
// all the time; windows of a second in which it is scraped, and others in which it is not, take turns, so that a busy machine disturbs
// both alike; what counts is the time for an event, since it also makes a window longer. Ten scrapes in a window make the cost of one visible, a tenth of which is what one scrape a second costs.
//   --streams 1000  --rate 20 events a second  --subjects 1  --pairs 60  --scrapes 10
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const windowMs = 1000;
const number = (text) => ({ type: /** @type {const} */ ('string'), default: text });
const { values } = parseArgs({
  options: {
    streams: number('1000'),
    rate: number('20'),
    subjects: number('1'),
    pairs: number('60'),
    scrapes: number('10'),
    role: number('main'),
    port: number('0'),
  },
});
const [streams, rate, subjects, pairs, scrapes] = ['streams', 'rate', 'subjects', 'pairs', 'scrapes'].map(
  (name) => Number(values[name]),
);

const roles = { main, server, readers };
await roles[values.role]();

/** Publishes, and answers a message with the processor time that it has used. */
async function server() {
  const [{ createHub, createNodeHandler }, { createMetrics }] = await Promise.all([
    import('@cometkit/node'),
    import('@cometkit/metrics'),
  ]);
  const hub = createHub();
  const push = createNodeHandler(hub, { path: '/push', joinRate: false });
  const metrics = createMetrics(hub);
  const pages = [];
  const listener = createServer((request, response) =>
    push(request, response, () => {
      // A page is made within the call.
      const before = process.cpuUsage();
      metrics(request, response);
      const { user, system } = process.cpuUsage(before);
      pages.push((user + system) / 1000);
    }),
  );
  listener.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());
    process.send?.(port);
  });
  let sent = 0;
  void publishing((number) => {
    hub.publish(`/bench/${number % subjects}`, {
      n: number,
      text: 'The quick brown fox jumps over the lazy dog.',
    });
    sent = number + 1;
  });
  process.on('message', () =>
    process.send?.({ ...process.cpuUsage(), sent, attached: hub.stats().attached, pages }),
  );
}

/** Publishes for ever, each event in a turn of its own as in the rows of the benchmarks. */
async function publishing(publish) {
  const begun = performance.now();
  for (let number = 0; ; number += 1) {
    const wait = begun + (number * 1000) / rate - performance.now();
    if (wait > 0) await pause(wait);
    else await immediate();
    publish(number);
  }
}

/** Opens streams and reads what comes. */
async function readers() {
  for (let at = 0; at < streams; at += 1) {
    read(at);
    if (at % 50 === 49) await pause(50);
  }
}

/** Opens a stream, again where a server that is overrun has cut it off. */
function read(at) {
  const socket = connect(Number(values.port), '127.0.0.1');
  socket.write(`GET /push?subject=/bench/${at % subjects}&format=sse HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(read, 500, at));
  socket.resume();
}

async function main() {
  const [host, reader] = await start();
  const pairsSeen = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const scrapedFirst = pair % 2 === 0;
    const first = await spentIn(host, scrapedFirst);
    const second = await spentIn(host, !scrapedFirst);
    const [scraped, quiet] = scrapedFirst ? [first, second] : [second, first];
    // A window in which the machine was busy is longer, and has more events.
    const eventMs = quiet.ms / quiet.events;
    pairsSeen.push({ quiet: eventMs * rate, cost: (scraped.ms - eventMs * scraped.events) / scrapes });
  }
  const { pages } = await usage(host);
  reader.kill();
  host.child.kill();
  tell(pairsSeen, pages);
}

async function start() {
  const options = ['streams', 'rate', 'subjects'].flatMap((name) => [`--${name}`, values[name]]);
  const run = (...more) => fork(fileURLToPath(import.meta.url), [...options, ...more]);
  const child = run('--role', 'server');
  const port = await answerOf(child);
  const reader = run('--role', 'readers', '--port', `${port}`);
  const host = { child, port };
  while ((await usage(host)).attached < streams) await pause(500);
  await pause(2000);
  return /** @type {const} */ ([host, reader]);
}

function answerOf(child) {
  return new Promise((resolve) => child.once('message', resolve));
}

function usage({ child }) {
  const answer = answerOf(child);
  child.send('usage');
  return answer;
}

/** The processor time of a window, in milliseconds, and how many events were published in it. */
async function spentIn(host, scraped) {
  const before = await usage(host);
  const end = performance.now() + windowMs;
  for (let count = 0; scraped && count < scrapes; count += 1) {
    await (await fetch(`http://127.0.0.1:${host.port}/metrics`)).text();
    await pause(Math.max(0, (end - performance.now()) / (scrapes - count)));
  }
  await pause(Math.max(0, end - performance.now()));
  const after = await usage(host);
  return {
    ms: (after.user + after.system - before.user - before.system) / 1000,
    events: after.sent - before.sent,
  };
}

function at(list, part) {
  return list.toSorted((one, other) => one - other)[Math.floor(part * (list.length - 1))];
}

function tell(pairsSeen, pages) {
  const quiet = at(
    pairsSeen.map((pair) => pair.quiet),
    0.5,
  );
  const costs = pairsSeen.map(({ cost }) => cost);
  const ms = [0.25, 0.5, 0.75].map((part) => at(costs, part).toFixed(2));
  const ratio = [0.25, 0.5, 0.75].map((part) => (1 + at(costs, part) / quiet).toFixed(4));
  console.log(
    `${streams} streams, ${rate} events a second over ${subjects} subjects, ${pairs} pairs of windows`,
  );
  console.log(`without: ${quiet.toFixed(0)} ms of processor time a second`);
  console.log(`a scrape: ${ms[1]} ms (quartiles ${ms[0]} to ${ms[2]})`);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => at(pages, part));
  console.log(
    `of it the page: ${middle.toFixed(2)} ms (quartiles ${low.toFixed(2)} to ${high.toFixed(2)} of ${pages.length}), ` +
      `${(1 + middle / quiet).toFixed(4)} of the processor time without`,
  );
  console.log(`scraped each second: ${ratio[1]} of the processor time without (${ratio[0]} to ${ratio[2]})`);
}
