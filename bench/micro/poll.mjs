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
  #handler;
  #key;
  #query;
  #poll;
  answered = 0;

  constructor(handler) {
    this.#handler = handler;
  }

  join() {
    const { request } = requestOf('mode=long-poll&subject=/bench/0');
    const answer = ({ body }) => {
      this.#key = fieldOf(body, 'key');
      this.#query = fieldOf(body, 'url').split('?')[1];
      this.#ask();
    };
    this.#handler.serve(request, { answer });
  }

  answer({ body }) {
    this.answered += 1;
    this.#query = fieldOf(body, 'url').split('?')[1];
    this.#poll.close();
    this.#ask();
  }

  #ask() {
    this.#poll = requestOf(`${this.#query}&key=${this.#key}`);
    this.#handler.serve(this.#poll.request, this);
  }
}

function pollCycles() {
  const deferred = [];
  const runtime = { ...systemRuntime(), defer: (task) => void deferred.push(task) };
  const hub = createHub();
  const handler = createHandler(hub, { runtime, flushWindowMs: 0 });
  const all = Array.from({ length: clients }, () => new Client(handler));
  for (const client of all) client.join();
  let turns = 0;
  const run = () => {
    hub.publish('/bench/0', data);
    turns += 1;
    // A flush that has taken its share of a turn goes on in the next one.
    while (all.some(({ answered }) => answered < turns)) for (const task of deferred.splice(0)) task();
  };
  return { name: 'poll: 1,000 answers and next polls', per: clients, run };
}

/** The tasks. Units: `per` cycles in one call. */
export const tasks = [pollCycles()];
