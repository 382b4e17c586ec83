import {
  type CloseReason,
  type CometEvent,
  createPureHub,
  type Hub,
  type HubOptions,
  type Item,
  type JoinOptions,
  type JsonValue,
  type PublishOptions,
  type Runtime,
  type Session,
  type SubscribeOptions,
  type Subscription,
  type Transport,
} from '@cometkit/core';
import { expect } from 'vitest';

/** How often a property runs: FC_RUNS times the count. */
export function runs(count: number): { numRuns: number } {
  return { numRuns: count * Number(process.env['FC_RUNS'] ?? 1) };
}

/** A runtime whose time moves when it is told to, and whose ids count up. */
export class ManualRuntime implements Runtime {
  time = 1_000_000;
  #ids = 0;

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.time;
  }

  randomId(): string {
    this.#ids += 1;
    return `id${String(this.#ids).padStart(20, '0')}`;
  }
}

/** A transport that records how it is called and does what a test wants. */
export class Recorder implements Transport {
  readonly idleMs: number;
  readonly calls: string[] = [];
  onWake: () => void = () => undefined;
  onIdle: () => void = () => undefined;
  onClose: (reason: CloseReason) => void = () => undefined;

  constructor(idleMs = 20_000) {
    this.idleMs = idleMs;
  }

  wake(): void {
    this.calls.push('wake');
    this.onWake();
  }

  idle(): void {
    this.calls.push('idle');
    this.onIdle();
  }

  close(reason: CloseReason): void {
    this.calls.push(reason);
    this.onClose(reason);
  }

  /** How often it was called so. */
  count(call: string): number {
    return this.calls.filter((made) => made === call).length;
  }
}

/** An item as a test writes it: `/subject json`, or `gap from-to reason`. */
export function text(item: Item): string {
  if (item.kind === 'data') return `${item.subject} ${item.json}`;
  return `gap ${item.from}-${item.to} ${item.reason}`;
}

export interface Listening {
  readonly after?: string | undefined;
  readonly idleMs?: number;
  /** False for a reader that takes nothing by itself. */
  readonly reads?: boolean;
}

/** A client: its session, its transport, and what it was given. */
export class Person {
  readonly session: Session;
  readonly given: Item[] = [];
  transport: Recorder = new Recorder();
  readonly #hub: Hub;

  constructor(hub: Hub, options: JoinOptions) {
    this.#hub = hub;
    this.session = hub.join(options);
  }

  subscribes(pattern: string, options: SubscribeOptions = {}): Subscription {
    return this.#hub.subscribe(this.session, pattern, options);
  }

  unsubscribes(id?: string): readonly Subscription[] {
    return this.#hub.unsubscribe(this.session, id);
  }

  publishes(subject: string, data: JsonValue = 1, options: PublishOptions = {}): CometEvent {
    return this.#hub.publish(subject, data, { from: this.session, ...options });
  }

  /** Opens a transport that takes what comes; it acknowledges at once unless the client acknowledges itself. */
  listens({ after, idleMs, reads = true }: Listening = {}): Recorder {
    const transport = new Recorder(idleMs);
    this.transport = transport;
    if (reads) transport.onWake = () => this.reads();
    this.#hub.attach(this.session, transport, { after });
    if (reads) this.reads();
    return transport;
  }

  /** Takes everything that waits. */
  reads(): void {
    for (let items = this.session.take(); items.length > 0; items = this.session.take()) {
      this.given.push(...items);
      if (!this.session.acknowledges) this.session.ack(this.session.taken);
    }
    this.#hub.noteWrite(this.session);
  }

  /** The network loses the transport; the client does not know yet. */
  loses(): void {
    this.#hub.detach(this.session, this.transport);
  }

  /** Expects what it was given since the last time, taking what still waits. */
  receives(expected: readonly string[]): void {
    this.reads();
    expect(this.given.splice(0).map(text)).toEqual(expected);
  }
}

/** A hub with a clock and people. */
export class World {
  readonly runtime: ManualRuntime = new ManualRuntime();
  readonly hub: Hub;

  constructor(options: HubOptions = {}) {
    this.hub = createPureHub(this.runtime, options);
  }

  /** A client that joins. */
  person(options: JoinOptions = {}): Person {
    return new Person(this.hub, options);
  }

  /** A client that joins, subscribes and listens. */
  listener(pattern: string, listening: Listening = {}): Person {
    const person = this.person();
    person.subscribes(pattern);
    person.listens(listening);
    return person;
  }

  /** Publishes numbers 1 to `count`, as the server. */
  floods(subject: string, count: number): void {
    for (let n = 1; n <= count; n += 1) this.hub.publish(subject, n);
  }

  /** Lets time pass, with a tick each 100 ms. */
  advance(ms: number): void {
    const end = this.runtime.time + ms;
    while (this.runtime.time < end) {
      this.runtime.time = Math.min(this.runtime.time + 100, end);
      this.hub.tick();
    }
  }
}

/** A hub with Alice and Bob. */
export function people(options: HubOptions = {}): { world: World; hub: Hub; alice: Person; bob: Person } {
  const world = new World(options);
  return { world, hub: world.hub, alice: world.person(), bob: world.person() };
}

/** The texts of numbered events: `numbers('/a', 2, 4)` is `/a 2`, `/a 3`, `/a 4`. */
export function numbers(subject: string, first: number, last: number): string[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `${subject} ${first + index}`);
}

/** The error that a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
