// From a poll's request to its answer, without sockets: what core and handler cost of a long-poll cycle.
import { createHandler, createHub } from '../../packages/handler/dist/index.js';
import { systemRuntime } from '../../packages/handler/dist/runtime.js';

const clients = 1000;
const data = { n: 1, text: 'The quick brown fox jumps over the lazy dog.' };
const hooks = { close: [] };

function requestOf(query) {
  let closing;
  const request = {
    method: 'GET',
    path: '/push',
    query,
    header: (name) => (name === 'host' ? 'localhost' : undefined),
    readBody: () => Promise.reject(new Error('there is no body')),
    address: '127.0.0.1',
    secure: false,
    native: undefined,
    connection: hooks,
    watch: (watcher) => {
      closing = watcher;
    },
  };
  return { request, close: () => closing?.closed(true) };
}

const fieldOf = (text, name) => text.split(`"${name}":"`).at(-1).split('"')[0];

class Client {
  #handle;
  #key;
  #query;
  #poll;
  answered = 0;

  constructor(handle) {
    this.#handle = handle;
  }

  async join() {
    const { request } = requestOf('mode=long-poll&subject=/bench/0');
    const { body } = await this.#handle(request);
    this.#key = fieldOf(body, 'key');
    this.#query = fieldOf(body, 'url').split('?')[1];
    this.ask();
  }

  ask() {
    this.#poll = requestOf(`${this.#query}&key=${this.#key}`);
    void this.#handle(this.#poll.request).then(({ body }) => {
      this.answered += 1;
      this.#query = fieldOf(body, 'url').split('?')[1];
      this.#poll.close();
      this.ask();
    });
  }
}

async function pollCycles() {
  const deferred = [];
  const runtime = { ...systemRuntime(), defer: (task) => void deferred.push(task) };
  const hub = createHub();
  const { handle } = createHandler(hub, { runtime });
  const all = Array.from({ length: clients }, () => new Client(handle));
  for (const client of all) await client.join();
  let turns = 0;
  const run = async () => {
    hub.publish('/bench/0', data);
    for (const task of deferred.splice(0)) task();
    turns += 1;
    while (all.some(({ answered }) => answered < turns)) await undefined;
  };
  return { name: 'poll: 1,000 answers and next polls', per: clients, run };
}

/** The tasks. Units: `per` cycles in one call. */
export const tasks = [await pollCycles()];
