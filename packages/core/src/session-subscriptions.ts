import type { CometEvent } from './event.ts';
import type { Subscription } from './subscription.ts';
import type { Reader } from './withhold.ts';

// Nearly every session wants one thing: a list holds that in a third of what a Map takes.
const none: readonly Subscription[] = [];
const noIds: readonly string[] = [];

// What is remembered of subscriptions that are over, the newest. Units: subscriptions.
const maxRemembered = 100;

/** Who a session is, as far as events can be addressed to it. */
interface Addressee {
  readonly id: string;
  readonly principal: string | undefined;
}

/**
 * What one session wants: its subscriptions, and those that ended while events before their end were still to be read; and
 * what it wanted and may not have any more.
 */
export class SessionSubscriptions implements Reader {
  /** Position after which events count that are for the session without any subscription. */
  since: number;
  readonly #who: Addressee;
  #standing: readonly Subscription[] = none;
  #ended: readonly Subscription[] = none;
  #revoked: readonly Subscription[] = none;
  #takenAway: readonly Subscription[] = none;
  #gone: readonly string[] = noIds;
  #breadth = 0;

  constructor(who: Addressee, since: number) {
    this.#who = who;
    this.since = since;
  }

  /** The subscriptions that stand, in the order in which they were made. */
  get standing(): readonly Subscription[] {
    return this.#standing;
  }

  /** Those that ended and still count for events from before their end. */
  get ended(): readonly Subscription[] {
    return this.#ended;
  }

  /** The newest hundred that were taken away while they stood, the newest last. */
  get takenAway(): readonly Subscription[] {
    return this.#takenAway;
  }

  /** Parts of all standing subscriptions: what an event may have to be compared with. */
  get breadth(): number {
    return this.#breadth;
  }

  /** The same of those that have ended and still count, or were taken away. */
  get lingering(): number {
    return [...this.#ended, ...this.#revoked].reduce((sum, { parts }) => sum + parts.length, 0);
  }

  /** True when something may be withheld from it. */
  get restricted(): boolean {
    return this.#revoked.length > 0;
  }

  add(subscription: Subscription): void {
    // Not spread, which would leave room for sixteen more.
    this.#standing = this.#standing.concat(subscription);
    this.#breadth += subscription.parts.length;
  }

  /** Ends a subscription at a position; with `linger` it still counts for events up to there. */
  end(subscription: Subscription, position: number, linger: boolean): void {
    this.#standing = this.#standing.filter((standing) => standing !== subscription);
    this.#breadth -= subscription.parts.length;
    subscription.until = position;
    this.#gone = [...this.#gone, subscription.id].slice(-maxRemembered);
    if (linger) this.#ended = [...this.#ended, subscription];
  }

  /** Returns whether an id is that of one of the last hundred subscriptions that ended. */
  remembers(id: string): boolean {
    return this.#gone.includes(id);
  }

  /**
   * Takes away subscriptions that have ended, now or before.
   *
   * @param standing - those of them that stood until now, of which the client does not know yet.
   */
  revoke(subscriptions: readonly Subscription[], standing: readonly Subscription[]): void {
    this.#ended = this.#ended.filter((ended) => !subscriptions.includes(ended));
    // Nothing was published while one stood that ends where it began.
    this.#revoked = [...this.#revoked, ...subscriptions.filter(({ from, until }) => until > from)];
    this.#takenAway = [...this.#takenAway, ...standing].slice(-maxRemembered);
  }

  /** Forgets those that ended at a position or before, and those taken away of which the log holds nothing any more. */
  forget(position: number, base: number): void {
    if (this.#ended.length > 0) this.#ended = this.#ended.filter(({ until }) => until > position);
    if (this.#revoked.length > 0) this.#revoked = this.#revoked.filter(({ until }) => until > base);
  }

  /** The first standing subscription that matches a subject. */
  first(subject: string): Subscription | undefined {
    return this.#standing.find((subscription) => subscription.matches(subject));
  }

  /** Says whether an event of the log is meant for the session. */
  wants(event: CometEvent): boolean {
    const { scope, to, position } = event;
    if (scope === 'subject') return this.#cover(event);
    if (position <= this.since) return false;
    return scope === 'all' || to === (scope === 'session' ? this.#who.id : this.#who.principal);
  }

  /** Says whether an event was meant for the session until the subscription to it was taken away. */
  withholds(event: CometEvent): boolean {
    if (this.#revoked.length === 0 || event.scope !== 'subject' || this.#cover(event)) return false;
    return this.#revoked.some((subscription) => subscription.covers(event.subject, event.position));
  }

  #cover({ subject, position }: CometEvent): boolean {
    for (const subscription of this.#standing) if (subscription.covers(subject, position)) return true;
    return this.#ended.some((subscription) => subscription.covers(subject, position));
  }
}
