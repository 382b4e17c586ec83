import { type Client, type ClientItem, type ClientRuntime, createClient } from '@cometkit/client';
import type { Faults } from './faults.ts';
import { Exchange, type SimReceiver, type Upstream } from './network.ts';
import type { Handed } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

/** Where an actor lives. */
export interface Surroundings {
  readonly world: World;
  readonly random: SeededRandom;
  readonly node: Upstream;
  readonly faults: Faults;
  /** The exchanges that are open, of all actors: a crash of the server ends them. */
  readonly exchanges: Set<Exchange>;
}

/** The real client in simulated surroundings, and a record of all that it handed over. */
export class Actor {
  readonly client: Client;
  readonly handed: Handed[] = [];
  /** How many events the server had accepted when the subscription was confirmed; undefined before. */
  readyAt: number | undefined;
  readonly errors: string[] = [];
  /** What became of its own messages: accepted for certain, refused for certain, or neither. */
  readonly published = new Map<string, 'open' | 'accepted' | 'unknown'>();
  /** Requests sent so far. */
  requests = 0;
  /** Most connections that were open at once. */
  connections = 0;
  #open = 0;
  #asleepUntil = 0;
  readonly #at: Surroundings;

  constructor(
    at: Surroundings,
    transports: readonly ('stream' | 'pull' | 'poll')[],
    pattern: string,
    accepted: () => number,
  ) {
    this.#at = at;
    this.client = createClient('/push', { transports, runtime: this.#runtime() });
    this.client.on('error', (error) => this.errors.push(error.message));
    const subscription = this.client.subscribe(pattern, { gaps: true });
    subscription.on((item) => this.handed.push(toHanded(item)));
    subscription.ready.then(() => {
      this.readyAt = accepted();
    }, ignore);
  }

  /** Publishes a message of its own. */
  publish(id: string): void {
    this.published.set(id, 'open');
    this.client.publish('/a/own', { id }).then(
      () => this.published.set(id, 'accepted'),
      () => this.published.set(id, 'unknown'),
    );
  }

  /** The computer sleeps: timers come late, and all of them at once. */
  sleep(ms: number): void {
    this.#asleepUntil = this.#at.world.now + ms;
  }

  #runtime(): ClientRuntime {
    const { world, random } = this.#at;
    return {
      fetch: (url, init) => this.#fetch(url, init),
      setTimer: (callback, delayMs) => world.at(delayMs, () => this.#awake(callback)),
      clearTimer: (timer) => (timer as (() => void) | undefined)?.(),
      now: () => world.now,
      random: () => random.fraction(),
    };
  }

  #awake(callback: () => void): void {
    const wait = this.#asleepUntil - this.#at.world.now;
    if (wait > 0) this.#at.world.at(wait, callback);
    else callback();
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const { world, node, faults, exchanges } = this.#at;
    const answer = new SimResponse();
    const exchange = new Exchange(world, node, faults, answer);
    const over = (): void => {
      if (!exchanges.delete(exchange)) return;
      this.#open -= 1;
    };
    answer.over = over;
    exchanges.add(exchange);
    this.#open += 1;
    this.requests += 1;
    this.connections = Math.max(this.connections, this.#open);
    const stop = (): void => {
      exchange.abort();
      answer.fail('aborted');
    };
    answer.stop = stop;
    init.signal?.addEventListener('abort', stop);
    const headers = { ...(init.headers as Record<string, string>) };
    exchange.start({ method: init.method ?? 'GET', url, headers, body: String(init.body ?? '') });
    return answer.promise as Promise<Response>;
  }
}

/** As much of a fetch response as the client reads. */
class SimResponse implements SimReceiver {
  readonly promise: Promise<unknown>;
  over: () => void = ignore;
  stop: () => void = ignore;
  #resolve!: (response: unknown) => void;
  #reject!: (error: Error) => void;
  #chunks: Uint8Array[] = [];
  #done = false;
  #failed: Error | undefined;
  #reader: { resolve(result: unknown): void; reject(error: Error): void } | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  head(status: number, headers: ReadonlyMap<string, string>): void {
    const reader = { read: () => this.#read(), cancel: () => this.#cancel() };
    const body = { getReader: () => reader };
    this.#resolve({
      status,
      ok: status >= 200 && status < 300,
      headers: { get: (name: string) => headers.get(name) ?? null },
      body,
    });
  }

  bytes(chunk: Uint8Array): void {
    if (this.#reader === undefined) this.#chunks.push(chunk);
    else this.#give({ done: false, value: chunk });
  }

  end(): void {
    this.#done = true;
    this.over();
    if (this.#reader !== undefined) this.#give({ done: true, value: undefined });
  }

  fail(reason: string): void {
    if (this.#done || this.#failed !== undefined) return;
    this.#failed = new TypeError(reason);
    this.over();
    this.#reject(this.#failed);
    this.#reader?.reject(this.#failed);
    this.#reader = undefined;
  }

  #give(result: unknown): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(result);
  }

  #read(): Promise<unknown> {
    const value = this.#chunks.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#done) return Promise.resolve({ done: true, value: undefined });
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #cancel(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }
}

function toHanded(item: ClientItem): Handed {
  if (item.kind === 'data')
    return { kind: 'data', id: (item.data as { id: number | string }).id, cursor: item.cursor };
  return { kind: 'gap', from: item.from, to: item.to, cursor: item.cursor, reason: item.reason };
}

function ignore(): undefined {
  return undefined;
}
