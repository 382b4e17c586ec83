import type { CometEvent } from './event.ts';
import type { Subscription } from './subscription.ts';

/** Who a session is, as far as events can be addressed to it. */
export interface Addressee {
  readonly id: string;
  readonly principal: string | undefined;
}

/** What one session wants: its subscriptions, and those that ended while events before their end were still to be read. */
export class Interests {
  readonly #who: Addressee;
  readonly #standing = new Map<string, Subscription>();
  #ended: Subscription[] = [];

  constructor(who: Addressee) {
    this.#who = who;
  }

  get standing(): ReadonlyMap<string, Subscription> {
    return this.#standing;
  }

  add(subscription: Subscription): void {
    this.#standing.set(subscription.id, subscription);
  }

  /** How many have ended and still count. */
  get lingering(): number {
    return this.#ended.length;
  }

  /** Ends a subscription at a position; with `linger` it still counts for events up to there. */
  end(subscription: Subscription, position: number, linger: boolean): void {
    this.#standing.delete(subscription.id);
    subscription.until = position;
    if (linger) this.#ended.push(subscription);
  }

  /** Forgets those that ended at a position or before. */
  forget(position: number): void {
    if (this.#ended.length > 0) this.#ended = this.#ended.filter(({ until }) => until > position);
  }

  /** The first standing subscription that matches a subject. */
  first(subject: string): Subscription | undefined {
    for (const subscription of this.#standing.values())
      if (subscription.matches(subject)) return subscription;
    return undefined;
  }

  /** Says whether an event of the log is meant for the session. */
  want(event: CometEvent): boolean {
    const { scope, to } = event;
    if (scope === 'session') return to === this.#who.id;
    if (scope === 'principal') return to === this.#who.principal;
    return scope === 'all' || this.#cover(event);
  }

  #cover({ subject, position }: CometEvent): boolean {
    for (const subscription of this.#standing.values())
      if (subscription.covers(subject, position)) return true;
    return this.#ended.some((subscription) => subscription.covers(subject, position));
  }
}
