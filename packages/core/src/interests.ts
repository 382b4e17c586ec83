import type { CometEvent } from './event.ts';
import type { Subscription } from './subscription.ts';

/** What one session wants: its subscriptions, and those that ended while events before their end were still to be read. */
export class Interests {
  readonly #standing = new Map<string, Subscription>();
  #ended: Subscription[] = [];

  get standing(): ReadonlyMap<string, Subscription> {
    return this.#standing;
  }

  add(subscription: Subscription): void {
    this.#standing.set(subscription.id, subscription);
  }

  /** Ends a subscription at a position; up to `keep` ended ones still count for events up to their ends. */
  end(subscription: Subscription, position: number, keep: number): void {
    this.#standing.delete(subscription.id);
    subscription.until = position;
    if (keep === 0) this.#ended = [];
    else if (this.#ended.length < keep) this.#ended.push(subscription);
  }

  /** The first standing subscription that matches a subject. */
  first(subject: string): Subscription | undefined {
    for (const subscription of this.#standing.values())
      if (subscription.matches(subject)) return subscription;
    return undefined;
  }

  /** Says whether an event falls under a subscription, at its position. */
  cover({ subject, position }: CometEvent): boolean {
    for (const subscription of this.#standing.values())
      if (subscription.covers(subject, position)) return true;
    return this.#ended.some((subscription) => subscription.covers(subject, position));
  }
}
