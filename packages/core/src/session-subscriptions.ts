import type { Conflation } from './conflate.ts';
import type { CometEvent } from './event.ts';
import type { LookedFor } from './log-walk.ts';
import { hashOf } from './recent-ids.ts';
import type { Subscription } from './subscription.ts';
import type { Reader } from './withhold.ts';

// Nearly every session has one subscription: a list takes a third of the memory of a Map.
const none: readonly Subscription[] = [];
const noIds: readonly number[] = [];

// How many ended subscriptions are remembered, the newest.
const maxRemembered = 100;

/** Who a session is, as far as events can be addressed to it. */
interface Addressee {
  readonly id: string;
  readonly principal: string | undefined;
}

/**
 * The subscriptions of one session: the active ones, those that ended while earlier events of theirs were still to be read,
 * and those that were revoked.
 */
export class SessionSubscriptions implements Reader {
  /** Only events after this position may reach the session without a subscription, addressed to it or to everybody. */
  since: number;
  readonly #who: Addressee;
  #active: readonly Subscription[] = none;
  #ended: readonly Subscription[] = none;
  #revoked: readonly Subscription[] = none;
  #takenAway: readonly Subscription[] = none;
  #gone: readonly number[] = noIds;
  #breadth = 0;
  #activeBytes = 0;
  /** True when its groups would take too much memory, until its subscriptions change. */
  alone = false;
  /** What is counted for it of {@link bytes}. */
  counted = 0;
  /** True when newer events may replace those that wait. */
  conflates = false;

  constructor(who: Addressee, since: number) {
    this.#who = who;
    this.since = since;
  }

  /** The active subscriptions, oldest first. */
  get active(): readonly Subscription[] {
    return this.#active;
  }

  /** Ended subscriptions that still count for events from before their end. */
  get ended(): readonly Subscription[] {
    return this.#ended;
  }

  /** The last hundred that were revoked while active, the newest last: another list after each time, also when there was none. */
  get takenAway(): readonly Subscription[] {
    return this.#takenAway;
  }

  /** Number of pattern parts of all active subscriptions: what an event may have to be compared with. */
  get breadth(): number {
    return this.#breadth;
  }

  /** Number of pattern parts of those that ended and still count, or were revoked. */
  get lingering(): number {
    return [...this.#ended, ...this.#revoked].reduce((sum, { parts }) => sum + parts.length, 0);
  }

  /** What all of these take in memory, in bytes. */
  get bytes(): number {
    const lingering = [...this.#ended, ...this.#revoked, ...this.#takenAway];
    return lingering.reduce((sum, { bytes }) => sum + bytes, this.#activeBytes + 8 * this.#gone.length);
  }

  /** True when events may have to be withheld from the session. */
  get restricted(): boolean {
    return this.#revoked.length > 0;
  }

  add(subscription: Subscription): void {
    // `concat`, because a spread would reserve room for sixteen more.
    this.#active = this.#active.concat(subscription);
    this.#breadth += subscription.parts.length;
    this.#activeBytes += subscription.bytes;
    this.alone = false;
    this.conflates ||= subscription.conflates;
  }

  /** Ends a subscription at a position; with `linger` it still counts for events up to there. */
  end(subscription: Subscription, position: number, linger: boolean): void {
    this.#active = this.#active.filter((other) => other !== subscription);
    this.#breadth -= subscription.parts.length;
    this.#activeBytes -= subscription.bytes;
    this.alone = false;
    subscription.until = position;
    this.#gone = [...this.#gone, hashOf(subscription.id)].slice(-maxRemembered);
    if (linger) this.#ended = [...this.#ended, subscription];
    this.#recount();
  }

  /** Returns whether an id is that of one of the last hundred subscriptions that ended. */
  remembers(id: string): boolean {
    return this.#gone.includes(hashOf(id));
  }

  /**
   * Revokes subscriptions that have ended, now or before.
   *
   * @param active - those that were active until now, so that the client does not know yet.
   */
  revoke(subscriptions: readonly Subscription[], active: readonly Subscription[]): void {
    this.#ended = this.#ended.filter((ended) => !subscriptions.includes(ended));
    // One that ended where it began has matched nothing.
    this.#revoked = [...this.#revoked, ...subscriptions.filter(({ from, until }) => until > from)];
    this.#takenAway = [...this.#takenAway, ...active].slice(-maxRemembered);
  }

  /** Forgets those that ended at `position` or before, and revoked ones whose events the log no longer holds. */
  forget(position: number, base: number): void {
    if (this.#ended.length > 0) this.#ended = this.#ended.filter(({ until }) => until > position);
    if (this.#revoked.length > 0) this.#revoked = this.#revoked.filter(({ until }) => until > base);
    this.#recount();
  }

  /** Positions count anew from one that may be lower than those of the subscriptions. */
  rebase(position: number): void {
    this.since = Math.min(this.since, position);
    for (const subscription of this.#active) subscription.from = Math.min(subscription.from, position);
  }

  /** Finds the oldest active subscription that matches a subject. */
  first(subject: string): Subscription | undefined {
    return this.#active.find((subscription) => subscription.matches(subject));
  }

  get lookedFor(): LookedFor {
    const { id, principal } = this.#who;
    return { matchers: [...this.#active, ...this.#ended, ...this.#revoked], addressees: [id, principal] };
  }

  /** Returns whether an event of the log is meant for the session. */
  wants(event: CometEvent): boolean {
    const { scope, to, position, except } = event;
    if (except === this.#who.id) return false;
    if (scope === 'subject') return this.#cover(event);
    if (position <= this.since) return false;
    return scope === 'all' || to === (scope === 'session' ? this.#who.id : this.#who.principal);
  }

  /** Returns whether an event would be meant for the session, had its subscription not been revoked. */
  withholds(event: CometEvent): boolean {
    if (this.#revoked.length === 0 || event.scope !== 'subject' || this.#cover(event)) return false;
    return this.#revoked.some((subscription) => subscription.covers(event.subject, event.position));
  }

  /** Tells which events newer ones replace: all that only subscriptions want which ask for no more. @param after - behind this position. */
  conflation(after: number): Conflation {
    const replaced = new Map<string, boolean>();
    const isReplaced = (subject: string): boolean => {
      const known = replaced.get(subject) ?? this.#onlyConflates(subject);
      replaced.set(subject, known);
      return known;
    };
    return {
      reason: 'outdated',
      keyOf: ({ scope, subject, name = '', position }) =>
        scope === 'subject' && position > after && isReplaced(subject) ? `${name}\n${subject}` : undefined,
    };
  }

  #onlyConflates(subject: string): boolean {
    const matching = [...this.#active, ...this.#ended].filter((one) => one.matches(subject));
    return matching.length > 0 && matching.every(({ conflates }) => conflates);
  }

  #recount(): void {
    if (this.conflates) this.conflates = [...this.#active, ...this.#ended].some((one) => one.conflates);
  }

  #cover({ subject, position }: CometEvent): boolean {
    for (const subscription of this.#active) if (subscription.covers(subject, position)) return true;
    return this.#ended.some((subscription) => subscription.covers(subject, position));
  }
}
