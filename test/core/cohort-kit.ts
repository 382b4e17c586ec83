import type { Cohort, Hub, Item, Joint, Session, Transport } from '@cometkit/core';

/** Where the items of one reader go. */
export interface Sink {
  /** Takes items. Shape: true when it got rid of them at once. */
  give(items: readonly Item[]): boolean;
}

/** Serves the readers of a hub when it is told to: together where they can be, one by one where not. */
export class Turn implements Joint<Sink> {
  readonly #hub: Hub;
  readonly #together: boolean;
  #joint: Cohort<Sink>[] = [];
  #alone: Reader[] = [];
  /** Batches that went to several at once. */
  shared = 0;
  onWake: () => void = () => undefined;

  constructor(hub: Hub, together: boolean) {
    this.#hub = hub;
    this.#together = together;
  }

  writer(cohort: Cohort<Sink>) {
    const wake = () => {
      this.onWake();
      this.#joint.push(cohort);
    };
    return { wake };
  }

  /** Cohorts for which something waits. */
  get waiting(): readonly Cohort<Sink>[] {
    return this.#joint;
  }

  add(reader: Reader): void {
    this.#alone.push(reader);
  }

  /** Lets a reader that has everything be served with others. */
  gather(reader: Reader): boolean {
    return this.#together && this.#hub.gather(reader.session, this, reader);
  }

  flush(maxItems = 5): void {
    const joint = this.#joint;
    this.#joint = [];
    for (const cohort of joint) {
      for (let items = cohort.take(maxItems, 1e9); items.length > 0; items = cohort.take(maxItems, 1e9)) {
        if (cohort.size > 1) this.shared += 1;
        const batch = items;
        cohort.deliver(
          (sink) => sink.give(batch),
          () => 0,
        );
      }
    }
    const alone = this.#alone;
    this.#alone = [];
    for (const reader of alone) reader.flush(maxItems);
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
  slow = false;
  onGive: () => void = () => undefined;
  #congested = false;
  #unsure: number | undefined = undefined;
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

  give(items: readonly Item[]): boolean {
    this.onGive();
    for (const item of items) {
      this.cursors.push(item.cursor);
      this.given.push(item.kind === 'data' ? `${item.position}` : `${item.from}-${item.to} ${item.reason}`);
    }
    return !this.slow;
  }

  lagged(count: number): void {
    this.session.take(count);
    this.#wait();
  }

  flush(maxItems: number): void {
    this.#dirty = false;
    while (!this.#congested && this.session.waiting) {
      const items = this.session.take(maxItems);
      if (items.length === 0) return;
      if (!this.give(items)) this.#wait();
      else if (!this.session.acknowledges) this.session.confirm(this.session.taken);
    }
    if (!this.#congested) this.#turn.gather(this);
  }

  /** What it was given has left; it goes on. */
  drain(): void {
    if (!this.#congested) return;
    this.#congested = false;
    if (this.#unsure !== undefined && !this.session.acknowledges) this.session.confirm(this.#unsure);
    if (this.session.waiting) this.wake();
  }

  /** Comes back over another transport. */
  attach(hub: Hub, after: string | undefined): void {
    this.#congested = false;
    this.#unsure = undefined;
    this.given.push('again');
    hub.attach(this.session, this, { after });
    if (this.session.waiting) this.wake();
  }

  #wait(): void {
    this.#congested = true;
    this.#unsure = this.session.taken;
  }
}
