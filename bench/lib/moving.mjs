// Clients whose node is killed: how long until they listen at another, and what each costs it.
import { Agent, request } from 'node:http';
import { figure, plain } from './measures.mjs';
import { withNodes } from './nodes.mjs';
import { sleep, within } from './trial.mjs';

const opening = 100;
const settleMs = 500;
const longestMs = 60_000;

/** One client in lines of JSON: it joins with a stream at one node, and goes on at another. */
class Mover {
  #agent = new Agent({ keepAlive: false });
  #session;
  #key;
  #cursor;

  async join(port) {
    const ack = await this.#open(port, { type: 'join-listen', mode: 'stream', subject: '/bench/0' });
    ({ session: this.#session, key: this.#key, cursor: this.#cursor } = ack);
  }

  async resume(port) {
    const own = { session: this.#session, key: this.#key, ack: this.#cursor };
    await this.#open(port, { type: 'listen', mode: 'stream', ...own });
  }

  close() {
    this.#agent.destroy();
  }

  /** Opens a stream. @returns what its first lines say, up to the one that says that it listens. */
  #open(port, command) {
    const body = JSON.stringify({ format: 'ndjson', ...command });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/push', method: 'POST', headers, agent: this.#agent };
      const asked = request(options, (response) => {
        let text = '';
        response.on('error', () => undefined);
        response.on('data', (bytes) => {
          if (text === undefined) return;
          text += bytes;
          if (!text.includes('listen-ack')) return;
          resolve(
            Object.assign(
              {},
              ...text
                .trim()
                .split('\n')
                .map((line) => JSON.parse(line)),
            ),
          );
          text = undefined;
        });
        response.on('end', () => reject(new Error(`no stream: ${text}`)));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

async function inTurns(all, work) {
  for (let at = 0; at < all.length; at += opening) await Promise.all(all.slice(at, at + opening).map(work));
}

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** All clients of a node that is killed come to the other one in the same moment. */
export async function moving(_context, system, { clients }) {
  return await withNodes(system, 2, async ([killed, survivor]) => {
    const movers = Array.from({ length: clients }, () => new Mover());
    try {
      await inTurns(movers, (mover) => mover.join(killed.port));
      await sleep(settleMs);
      await killed.stop();
      const before = await survivor.ask('cpu');
      const back = movers.map((mover) => timed(() => mover.resume(survivor.port)));
      const times = (await within(Promise.all(back), longestMs, 'coming back')).sort((a, b) => a - b);
      await sleep(settleMs);
      const after = await survivor.ask('cpu');
      const figures = [
        figure('CPU of one resume', 'ms', (after.cpuUs - before.cpuUs) / 1000 / clients),
        figure('back, half of them', 's', times[Math.floor(clients / 2)] / 1000, plain),
        figure('back, 99 %', 's', times[Math.floor(clients * 0.99)] / 1000, plain),
      ];
      return { figures, faults: [], generator: 0 };
    } finally {
      for (const mover of movers) mover.close();
    }
  });
}
