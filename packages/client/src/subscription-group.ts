import type { Failure } from './errors.ts';
import type { ClientItem } from './items.ts';
import type { Waiting } from './message.ts';
import type { SubscribeOptions } from './options.ts';
import type { ClientSubscription } from './subscription.ts';

/** Subscriptions of one client that want the same: one subscription of the server serves them all. */
export class SubscriptionGroup implements Waiting {
  /** Number of the subscription for the state machine. */
  readonly requestId: number;
  /** What equal subscriptions have in common; undefined for one that is alone. */
  readonly key: string | undefined;
  readonly #members = new Set<ClientSubscription>();
  #sid: string | undefined;
  #confirmed = false;

  constructor(requestId: number, key: string | undefined) {
    this.requestId = requestId;
    this.key = key;
  }

  /** True once each member was given something that tells the application of a refusal. */
  get known(): boolean {
    return [...this.#members].every(({ known }) => known);
  }

  /** True while a member has something to read. */
  get behind(): boolean {
    return [...this.#members].some(({ behind }) => behind);
  }

  /**
   * Adds a member. One that comes later begins where the client stands.
   *
   * @param cursor - the place that the client has reached.
   */
  add(member: ClientSubscription, cursor: string | undefined): void {
    this.#members.add(member);
    if (this.#confirmed) member.settle(undefined, this.#sid, cursor);
  }

  /**
   * Takes a member away.
   *
   * @returns true when it was the last one.
   */
  remove(member: ClientSubscription): boolean {
    return this.#members.delete(member) && this.#members.size === 0;
  }

  take(item: ClientItem): void {
    for (const member of [...this.#members]) member.take(item);
  }

  settle(failure: Failure | undefined, sid?: string, from?: string): void {
    this.#confirmed = failure === undefined;
    this.#sid = sid;
    for (const member of [...this.#members]) member.settle(failure, sid, from);
  }

  renew(): void {
    for (const member of [...this.#members]) member.renew();
  }

  /** Lets go of the signals that end them. */
  release(): void {
    for (const member of [...this.#members]) member.release?.();
  }
}

/** The groups that a subscription can still join, by what its members want. */
export class SubscriptionGroups {
  readonly #groups = new Map<string, SubscriptionGroup>();

  /** Finds the group of those that want the same. */
  of(pattern: string, options: SubscribeOptions): SubscriptionGroup | undefined {
    const key = keyOf(pattern, options);
    return key === undefined ? undefined : this.#groups.get(key);
  }

  /** Makes a group, under a number for the state machine. */
  add(requestId: number, pattern: string, options: SubscribeOptions): SubscriptionGroup {
    const group = new SubscriptionGroup(requestId, keyOf(pattern, options));
    if (group.key !== undefined) this.#groups.set(group.key, group);
    return group;
  }

  /** Lets nobody else join a group, which has ended. */
  forget(group: SubscriptionGroup): void {
    const { key } = group;
    group.release();
    if (key !== undefined && this.#groups.get(key) === group) this.#groups.delete(key);
  }
}

// One that asks for its past is alone: the others have begun elsewhere.
function keyOf(
  pattern: string,
  { label, conflate, since, last, latest }: SubscribeOptions,
): string | undefined {
  const alone = [since, last, latest].some((asked) => asked !== undefined);
  return alone ? undefined : JSON.stringify([pattern, label, conflate]);
}
