import type { DeliveryGroup, GroupWriter, Hub, Item, Session, Transport } from '@cometkit/core';

/** Where the items of one reader go. */
export interface Sink {
  /** Takes items. @returns whether they are gone, are still on their way, or nothing more may follow. */
  give(items: readonly Item[]): 'gone' | 'lingers' | 'full';
  /** It was given items together with others, and wants no more. */
  fellBehind(): void;
}

/** Serves the readers of a hub when it is told to: together where they can be, one by one where not. */
export class Turn implements GroupWriter<Sink> {
  readonly #hub: Hub;
  readonly #together: boolean;
  #groups: DeliveryGroup<Sink>[] = [];
  #halfway: { readonly items: readonly Item[]; next: number } | undefined = undefined;
  /** Members that one flush writes to before it leaves the rest to the next one. */
  slice = Number.POSITIVE_INFINITY;
  /** Batches that were left halfway. */
  halves = 0;
  #alone: Reader[] = [];
  /** Batches that went to several at once. */
  shared = 0;
  onWake: () => void = () => undefined;

  constructor(hub: Hub, together: boolean) {
    this.#hub = hub;
    this.#together = together;
  }

  wake(group: DeliveryGroup<Sink>): void {
    this.onWake();
    this.#groups.push(group);
  }

  /** Groups for which something waits. */
  get waiting(): readonly DeliveryGroup<Sink>[] {
    return this.#groups;
  }

  add(reader: Reader): void {
    this.#alone.push(reader);
  }

  /** Lets a reader that has everything be served with others. */
  join(reader: Reader): boolean {
    return this.#together && this.#hub.joinGroup(reader.session, this, reader);
  }

  flush(maxItems = 5): void {
    const groups = this.#groups;
    this.#groups = [];
    for (const [at, group] of groups.entries()) {
      if (this.#serve(group, maxItems)) continue;
      this.halves += 1;
      this.#groups.unshift(...groups.slice(at));
      break;
    }
    const alone = this.#alone;
    this.#alone = [];
    for (const reader of alone) reader.flush(maxItems);
  }

  // Returns false when it has left a batch halfway.
  #serve(group: DeliveryGroup<Sink>, maxItems: number): boolean {
    for (;;) {
      const delivery = this.#halfway ?? { items: group.take(maxItems, 1e9), next: 0 };
      this.#halfway = undefined;
      if (delivery.items.length === 0) return true;
      if (group.size > 1 && delivery.next === 0) this.shared += 1;
      if (this.#deliver(group, delivery)) continue;
      this.#halfway = delivery;
      return false;
    }
  }

  #deliver(group: DeliveryGroup<Sink>, delivery: { readonly items: readonly Item[]; next: number }): boolean {
    try {
      for (let count = 0; delivery.next < group.sinks.length; count += 1) {
        if (count >= this.slice) return false;
        const slot = delivery.next;
        delivery.next += 1;
        const sink = group.sinks[slot];
        if (sink === undefined) continue;
        group.serving = slot;
        const outcome = sink.give(delivery.items);
        if (outcome === 'lingers') group.lingers(slot);
        else if (outcome === 'full' && group.fellBehind(slot) !== undefined) sink.fellBehind();
      }
      group.delivered();
      return true;
    } catch (error) {
      group.failed();
      throw error;
    }
  }
}

/** A client with one transport, which takes everything unless it is slow. */
export class Reader implements Transport, Sink {
  readonly idleMs = 20_000;
  readonly session: Session;
  /** What its transports were given, in order; a line for each transport that came. */
  readonly given: string[] = [];
  readonly heard: string[] = [];
  /** Cursors of what was given. */
  readonly cursors: string[] = [];
  /** What becomes of what it is given. */
  slow = false;
  lingers = false;
  onGive: () => void = () => undefined;
  #congested = false;
  #pending = false;
  #dirty = false;
  readonly #turn: Turn;

  constructor(session: Session, turn: Turn) {
    this.session = session;
    this.#turn = turn;
  }

  wake(): void {
    if (!this.#dirty) this.#turn.add(this);
    this.#dirty = true;
  }

  idle(): void {
    this.heard.push('idle');
  }

  close(reason: string): void {
    this.heard.push(reason);
  }

  give(items: readonly Item[]): 'gone' | 'lingers' | 'full' {
    this.onGive();
    for (const item of items) {
      this.cursors.push(item.cursor);
      this.given.push(item.kind === 'data' ? `${item.position}` : `${item.from}-${item.to} ${item.reason}`);
    }
    if (this.slow) return 'full';
    if (this.lingers) this.#pending = true;
    return this.#pending ? 'lingers' : 'gone';
  }

  fellBehind(): void {
    this.#wait();
  }

  flush(maxItems: number): void {
    this.#dirty = false;
    while (!this.#congested && this.session.waiting) {
      const items = this.session.take(maxItems);
      if (items.length === 0) return;
      if (this.give(items) === 'full') this.#wait();
      else if (!this.#pending && !this.session.acknowledges) this.session.ack(this.session.taken);
    }
    if (!this.#congested && !this.#pending) this.#turn.join(this);
  }

  /** What it was given has left; it goes on. */
  drain(): void {
    if (!this.#congested && !this.#pending) return;
    this.#congested = this.#pending = false;
    if (!this.session.acknowledges) this.session.ack(this.session.taken);
    if (this.session.waiting) this.wake();
    else this.#turn.join(this);
  }

  /** Comes back over another transport. */
  attach(hub: Hub, after: string | undefined): void {
    this.#congested = this.#pending = false;
    this.given.push('again');
    hub.attach(this.session, this, { after });
    if (this.session.waiting) this.wake();
  }

  #wait(): void {
    this.#congested = true;
  }
}
