// Clients and a server in one process whose time is an argument: what sockets and a busy machine add is not in it.
import { createClient } from '@cometkit/client';
import { createFetchHandler, createHub } from '@cometkit/fetch';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A clock that runs as fast as the process can. */
class Clock {
  now = 1_000_000;
  #timers = new Map();
  #next = 1;

  set(callback, delayMs) {
    // As with real timers, what is due is due within a whole millisecond.
    const at = this.now + Math.max(1, Math.ceil(delayMs));
    this.#timers.set(this.#next, { at, callback });
    return this.#next++;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** Goes on until then, or until `isDone` says so. */
  async run(until, isDone = () => false) {
    for (;;) {
      await turn();
      const at = Math.min(...[...this.#timers.values()].map((timer) => timer.at));
      if (at > until || isDone()) break;
      this.now = Math.max(this.now, at);
      for (const [id, timer] of this.#timers) {
        if (timer.at > this.now) continue;
        this.#timers.delete(id);
        timer.callback();
      }
      // A body goes through several promises on its way.
      for (let count = 0; count < 4; count += 1) await turn();
    }
    this.now = Math.max(this.now, Number.isFinite(until) ? until : this.now);
  }
}

/** The network between them. */
class Network {
  isDown = false;
  #streams = new Set();
  #serve;

  constructor(serve) {
    this.#serve = serve;
  }

  async fetch(url, init) {
    if (this.isDown) throw new TypeError('fetch failed');
    const response = await this.#serve(new Request(url, init));
    if (this.isDown) throw new TypeError('fetch failed');
    return response.body ? new Response(this.#through(response.body), response) : response;
  }

  cut() {
    this.isDown = true;
    for (const break_ of this.#streams) break_();
  }

  #through(body) {
    const reader = body.getReader();
    let broken;
    const brokenOff = new Promise((_, reject) => {
      broken = () => reject(new TypeError('terminated'));
    });
    brokenOff.catch(() => undefined);
    this.#streams.add(broken);
    const end = () => {
      this.#streams.delete(broken);
      return reader.cancel().catch(() => undefined);
    };
    return new ReadableStream({
      async pull(controller) {
        try {
          const { done, value } = await Promise.race([reader.read(), brokenOff]);
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        await end();
      },
      cancel: end,
    });
  }
}

function openClients(count, network, clock, onOpen) {
  const runtime = {
    fetch: (url, init) => network.fetch(url, init),
    setTimer: (callback, delayMs) => clock.set(callback, delayMs),
    clearTimer: (id) => clock.clear(id),
    now: () => clock.now,
  };
  return Array.from({ length: count }, (_, at) => {
    const client = createClient('http://model.invalid/push', { runtime, transports: ['stream'] });
    client.on('state', (state) => state === 'open' && onOpen(at));
    client.subscribe('/bench');
    return client;
  });
}

/**
 * Cuts everybody off for `outageMs`.
 *
 * @returns for each client that was back within `longestMs`, how many ms after the end of the outage that was.
 */
export async function modelOutage({ clients: count, outageMs, longestMs }) {
  const clock = new Clock();
  // The hub's own clock is the real one: a model takes seconds, and a lease lasts two minutes.
  const push = createFetchHandler(createHub(), { joinRate: false });
  const network = new Network(push);
  const opened = new Set();
  let end = Number.POSITIVE_INFINITY;
  const returns = new Map();
  const clients = openClients(count, network, clock, (at) => {
    opened.add(at);
    if (clock.now >= end && !returns.has(at)) returns.set(at, clock.now - end);
  });
  await clock.run(clock.now + 5000, () => opened.size === count);
  if (opened.size < count) throw new Error(`only ${opened.size} of ${count} clients of the model opened`);
  network.cut();
  end = clock.now + outageMs;
  await clock.run(end);
  network.isDown = false;
  await clock.run(end + longestMs, () => returns.size === count);
  network.cut();
  for (const client of clients) void client.close();
  await clock.run(clock.now + 5000);
  await push.close();
  return [...returns.values()];
}
