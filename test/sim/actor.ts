import { type Client, type ClientItem, createClient } from '@cometkit/client';
import type { ClientRuntime } from '@cometkit/client/adapter';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports/web-socket.ts';
import type { Faults } from './faults.ts';
import { Gate, gated } from './gate.ts';
import { Line, type LineEnd } from './line.ts';
import { Exchange, type Mortal, type Upstream } from './network.ts';
import type { Handed } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import { SimResponse } from './response.ts';
import { SimWebSocket } from './web-socket.ts';
import type { World } from './world.ts';

/** Where an actor lives. */
export interface Surroundings {
  readonly world: World;
  readonly random: SeededRandom;
  readonly node: Upstream;
  readonly faults: Faults;
  /** The exchanges that are open, of all actors: a crash of the server ends them. */
  readonly exchanges: Set<Mortal>;
}

/** The transports that are simulated. */
export type SimTransport = 'web-socket' | 'stream' | 'long-poll' | 'poll';

/** Somebody who listens, and whom the judge looks at. */
export interface Participant {
  readonly handed: readonly Handed[];
  /** How many events the server had accepted when the subscription was acknowledged; undefined before. */
  readonly readyAt: number | undefined;
  /** What became of its own messages: accepted for certain, refused for certain, or neither. */
  readonly published: ReadonlyMap<string, 'open' | 'accepted' | 'unknown'>;
  /** Requests sent so far. */
  readonly requests: number;
  /** Most connections that were open at once. */
  readonly connections: number;
  /** Its session, and the place that it has reached. */
  readonly id: string | undefined;
  readonly cursor: string | undefined;
  /** The connection of messages that it has now. */
  readonly line: object | undefined;
  /** Breaches of the protocol that it has seen. */
  readonly problems: readonly string[];
  /** Publishes a message of its own. */
  publish(id: string): void;
  /** The computer sleeps: timers come late, and all of them at once. */
  sleep(ms: number): void;
  /** Goes over to another way of receiving. */
  use(transport: SimTransport | 'auto'): void;
}

/** The real client in simulated surroundings, and a record of all that it handed over. */
export class Actor implements Participant {
  readonly client: Client;
  readonly handed: Handed[] = [];
  readyAt: number | undefined;
  readonly problems: string[] = [];
  readonly published = new Map<string, 'open' | 'accepted' | 'unknown'>();
  requests = 0;
  connections = 0;
  line: Line | undefined;
  #open = 0;
  #asleepUntil = 0;
  readonly #at: Surroundings;

  constructor(at: Surroundings, ladder: readonly SimTransport[], pattern: string, accepted: () => number) {
    this.#at = at;
    const transports = ladder.map((name) => (name === 'web-socket' ? webSocket(this.#socketClass()) : name));
    // So few that an iteration is soon behind; what listens needs none.
    const queueLimit = 4;
    this.client = createClient('http://server/push', { transports, queueLimit, runtime: this.#runtime() });
    // Without a listener each error would be printed.
    this.client.on('error', ignore);
    const subscription = this.client.subscribe(pattern, { gaps: true });
    subscription.on((item) => this.handed.push(toHanded(item)));
    subscription.ready.then(() => {
      this.readyAt = accepted();
    }, ignore);
  }

  get id(): string | undefined {
    return this.client.id;
  }

  get cursor(): string | undefined {
    return this.client.cursor;
  }

  publish(id: string): void {
    this.published.set(id, 'open');
    this.client.publish('/a/own', { id }).then(
      () => this.published.set(id, 'accepted'),
      () => this.published.set(id, 'unknown'),
    );
  }

  sleep(ms: number): void {
    this.#asleepUntil = this.#at.world.now + ms;
  }

  use(transport: SimTransport | 'auto'): void {
    this.client.use(transport);
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

  // A constructor like the browser's, whose sockets go over the simulated network.
  #socketClass(): WebSocketClass {
    const connect = (): SimWebSocket => this.#socket();
    function Socket(): SimWebSocket {
      return connect();
    }
    return Socket as unknown as WebSocketClass;
  }

  #socket(): SimWebSocket {
    const { world, node, faults, exchanges } = this.#at;
    const gate = new Gate(world, () => this.#asleepUntil);
    let line: Line | undefined;
    const connect = (end: LineEnd): Line => {
      line = new Line(world, faults, gated(gate, end), 'web-socket');
      this.line = line;
      exchanges.add(line);
      this.#count();
      line.open((accepted) => node.accept('web-socket', accepted));
      return line;
    };
    const over = (): void => {
      if (line === undefined || !exchanges.delete(line)) return;
      this.#open -= 1;
      if (this.line === line) this.line = undefined;
    };
    return new SimWebSocket({ connect, over, later: (task, delayMs) => void world.at(delayMs, task) });
  }

  #count(): void {
    this.#open += 1;
    this.requests += 1;
    this.connections = Math.max(this.connections, this.#open);
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    if (init.signal?.aborted === true) return Promise.reject(new TypeError('aborted'));
    const { world, node, faults, exchanges } = this.#at;
    const answer = new SimResponse();
    const exchange = new Exchange(world, node, faults, answer);
    const over = (): void => {
      if (!exchanges.delete(exchange)) return;
      this.#open -= 1;
    };
    answer.over = over;
    exchanges.add(exchange);
    this.#count();
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

/** What the judge remembers of an item that was handed over. */
export function toHanded(item: ClientItem): Handed {
  if (item.kind === 'data')
    return { kind: 'data', id: (item.data as { id: number | string }).id, cursor: item.cursor };
  return { kind: 'gap', from: item.from, to: item.to, cursor: item.cursor, reason: item.reason };
}

function ignore(): undefined {
  return undefined;
}
