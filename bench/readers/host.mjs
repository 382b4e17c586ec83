// The process of the readers: opens them at the command of the runner, and says what they got and when.
import { connect } from 'node:net';
import { Account } from './account.mjs';
import { askers } from './asker.mjs';
import { modelOutage } from './model.mjs';
import { readers } from './reader.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ignore = () => undefined;
const patienceMs = 5000;

const account = new Account();
const opened = [];
/** When each of the crowd came back, by the clock that all processes share. Units: ms. */
const returns = [];
let firstEvent;
let ask;

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** As long as an order of a shop, some 150 bytes. */
const question = (number) => ({ number, name: 'an order', lines: ['a', 'b', 'c'], text: 'x'.repeat(80) });

/** Asks `count` times, so many at a time. Answers how long each took, and how many answers were wrong. */
async function askAll(count, together) {
  const times = [];
  let [number, wrong] = [0, 0];
  const goOn = async () => {
    while (number < count) {
      number += 1;
      const asked = number;
      const begin = performance.now();
      const answer = await ask(question(asked));
      times.push(performance.now() - begin);
      if (answer?.number !== asked) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: together }, goOn));
  return { times, wrong };
}

/** The line to the server under test: it says when the window begins, and is told how far the reader is. */
function openControl(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', ignore);
  socket.on('data', (bytes) => bytes.includes('begin') && account.begin());
  return (number) => socket.write(`${number}\n`);
}

const commands = {
  /** One reader of one subject, which tells the server of every `ack`th event. */
  async flow({ kind, origin, control, ack }) {
    const progress = openControl(control);
    const event = (data) => {
      const number = account.take(data);
      if (number % ack === 0) progress(number);
    };
    const gap = () => {
      account.gaps += 1;
    };
    await readers[kind](origin, [0], { event, gap, open: ignore }).ready;
  },
  /** The account of that one, when it has everything or has not got any further for a while. */
  async account(published) {
    for (let last = -1, since = performance.now(); account.last < published; await sleep(20)) {
      if (account.last !== last) [last, since] = [account.last, performance.now()];
      if (performance.now() - since > patienceMs) break;
    }
    return account.close(published);
  },
  /** Opens a reader and closes it again: what is loaded and compiled at the first one is not measured. */
  async warmUp({ kind, origin }) {
    const reader = readers[kind](origin, [0], { event: ignore, gap: ignore, open: ignore });
    await reader.ready;
    await reader.close();
  },
  /** One reader of many subjects. Answers how long it took until all stood, in ms. */
  async many({ kind, origin, count }) {
    const event = () => {
      firstEvent?.(nowMs());
    };
    const begin = performance.now();
    const subjects = Array.from({ length: count }, (_, at) => count - 1 - at);
    const reader = readers[kind](origin, subjects, { event, gap: ignore, open: ignore });
    opened.push(reader);
    await reader.ready;
    return performance.now() - begin;
  },
  /** As many more of the one that is open already; undefined where that cannot be done. */
  async more(count) {
    const [reader] = opened;
    if (reader.subscribe === undefined) return undefined;
    const begin = performance.now();
    await Promise.all(Array.from({ length: count }, (_, at) => reader.subscribe(count + at)));
    return performance.now() - begin;
  },
  /** When the next event comes, by the clock that all processes share. */
  nextEvent: () =>
    new Promise((resolve) => {
      firstEvent = resolve;
    }),
  /** Many readers of one subject each. */
  async crowd({ kind, origin, count }) {
    const crowd = Array.from({ length: count }, (_, at) =>
      readers[kind](origin, [0], {
        event: ignore,
        gap: ignore,
        open: () => {
          returns[at] = nowMs();
        },
      }),
    );
    await Promise.all(crowd.map(({ ready }) => ready));
    // The streams behind the subscriptions, too.
    while (returns.filter(Boolean).length < count) await sleep(20);
  },
  /** How long after `end` each of them was back, in ms; waits until all are, at most `longestMs`. */
  async returned({ end, count, longestMs }) {
    const back = () => returns.filter((at) => at >= end);
    while (back().length < count && nowMs() - end < longestMs) await sleep(20);
    return back().map((at) => at - end);
  },
  model: modelOutage,
  /** Opens who asks. */
  async meet({ kind, origin }) {
    ask = await askers[kind](origin);
  },
  /** Asks again and again. Units: ms, and microseconds of this process for each question. */
  async question({ count, together }) {
    const before = process.cpuUsage();
    const { times, wrong } = await askAll(count, together);
    const { user, system } = process.cpuUsage(before);
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.min(count - 1, Math.floor(count * share))];
    return { p50: at(0.5), p99: at(0.99), clientUs: (user + system) / count, wrong };
  },
};

process.on('message', async ({ id, command, argument }) => {
  try {
    process.send({ id, result: await commands[command](argument) });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : `${error}` });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ id: 0, result: 'ready' });
