import {
  type CometEvent,
  createPureHub,
  type Hub,
  type Item,
  type Session,
  type Transport,
} from '@cometkit/core';

/** How long an item, or an acknowledgement, is on its way, in milliseconds of the model. */
const travelMs = 600;
/** How many events the hub of the page remembers: few, so that a gap can be seen. */
export const logSize = 8;

interface Parcel {
  readonly item: Item;
  readonly sentAt: number;
}

/** What became of one event, for the page. */
export interface Trace {
  readonly position: number;
  readonly state: 'waits' | 'on its way' | 'handed over' | 'acknowledged' | 'in a gap';
  /** Whether the log still holds it. */
  readonly kept: boolean;
}

/**
 * One hub, one client and the line between them. The hub is that of `@cometkit/core`, as on a server; only the time and the line
 * are played.
 */
export class DeliveryModel {
  now = 0;
  connected = false;
  published = 0;
  /** What the application of the client was given, in its order. */
  readonly given: Item[] = [];
  readonly notes: string[] = [];
  #ids = 0;
  #cursor: string | undefined;
  #acks: { readonly cursor: string; readonly sentAt: number }[] = [];
  #wire: Parcel[] = [];
  #transport: Transport | undefined;
  readonly #hub: Hub;
  readonly #session: Session;

  constructor() {
    const runtime = {
      now: () => this.now,
      wallTime: () => this.now,
      randomId: () => {
        this.#ids += 1;
        return `session-${this.#ids}`;
      },
    };
    this.#hub = createPureHub(runtime, { log: { maxEvents: logSize }, queueLimit: 4, leaseMs: 86_400_000 });
    this.#session = this.#hub.join();
    this.#hub.subscribe(this.#session, '/prices');
    this.#cursor = this.#hub.cursor();
    this.connect();
  }

  get wire(): readonly { readonly item: Item; readonly part: number }[] {
    return this.#wire.map(({ item, sentAt }, index) => {
      // What was sent together is shown one behind the other.
      const behind = index - this.#wire.findIndex((first) => first.sentAt === sentAt);
      return { item, part: Math.max(0, Math.min(1, (this.now - sentAt) / travelMs) - behind * 0.08) };
    });
  }

  publish(): void {
    this.published = this.#hub.publish('/prices', { price: 900 + (this.published % 20) }).position;
  }

  /** Opens a channel that goes on behind the last thing the client has. */
  connect(): void {
    if (this.connected) return;
    this.connected = true;
    this.#transport = { idleMs: 86_400_000, wake: () => this.#send(), idle: () => {}, close: () => {} };
    this.#hub.attach(this.#session, this.#transport, { after: this.#cursor });
    if (this.given.length > 0) this.#note(`listen, with the cursor behind ${this.#place()}`);
    this.#send();
  }

  /** Cuts the line: what is on it is lost, in both directions. */
  cut(): void {
    if (!this.connected || this.#transport === undefined) return;
    this.connected = false;
    this.#note(
      `cut; lost on the way: ${this.#wire.length} of the server's, ${this.#acks.length} of the client's`,
    );
    this.#wire = [];
    this.#acks = [];
    this.#hub.detach(this.#session, this.#transport);
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.now += ms;
    this.#hub.tick();
    for (const { cursor } of this.#arrived(this.#acks)) this.#hub.acknowledge(this.#session, cursor);
    for (const { item } of this.#arrived(this.#wire)) this.#receive(item);
  }

  /** Every event that was published, newest last. */
  traces(): Trace[] {
    const gaps = this.given.filter((item) => item.kind === 'gap');
    const had = new Set(
      this.given.filter((item): item is CometEvent => item.kind === 'data').map((e) => e.position),
    );
    const travelling = new Set(this.#wire.map(({ item }) => (item.kind === 'data' ? item.position : 0)));
    return Array.from({ length: this.published }, (_, index) => {
      const position = index + 1;
      const kept = position > this.published - logSize;
      if (had.has(position)) {
        return { position, kept, state: position <= this.#session.acked ? 'acknowledged' : 'handed over' };
      }
      if (gaps.some(({ from, to }) => from <= position && position <= to))
        return { position, kept, state: 'in a gap' };
      return { position, kept, state: travelling.has(position) ? 'on its way' : 'waits' };
    });
  }

  #send(): void {
    if (!this.connected) return;
    for (const item of this.#session.take()) this.#wire.push({ item, sentAt: this.now });
  }

  #receive(item: Item): void {
    this.given.push(item);
    this.#cursor = item.cursor;
    this.#acks.push({ cursor: item.cursor, sentAt: this.now });
    if (item.kind === 'gap') this.#note(`gap: ${item.from} to ${item.to} are missing (${item.reason})`);
  }

  #arrived<T extends { readonly sentAt: number }>(line: T[]): T[] {
    const due = line.findIndex(({ sentAt }) => this.now - sentAt < travelMs);
    return line.splice(0, due < 0 ? line.length : due);
  }

  #place(): number {
    const last = this.given.at(-1);
    return last === undefined ? 0 : last.kind === 'data' ? last.position : last.to;
  }

  #note(text: string): void {
    this.notes.push(`${(this.now / 1000).toFixed(1)} s: ${text}`);
  }
}
