import { CometError } from './errors.ts';
import type { SubscriptionParts } from './hub-cluster.ts';
import type { HubParts } from './hub-internals.ts';
import type { SubscribeOptions } from './hub-types.ts';
import type { EventLog } from './log.ts';
import type { HubLimits } from './options.ts';
import { Patterns } from './patterns.ts';
import { pointOf } from './resume.ts';
import type { Session } from './session.ts';
import type { SessionMemory } from './session-memory.ts';
import type { SubjectIndex } from './subject-index.ts';
import { type Interest, Subscription, type Which } from './subscription.ts';

/** Adds and ends subscriptions, in the session and in the index at once. */
export class Subscriptions {
  readonly #index: SubjectIndex<Interest>;
  readonly #limits: HubLimits;
  readonly #log: EventLog;
  readonly #memory: SessionMemory;
  readonly #patterns: Patterns;
  #size = 0;

  constructor(
    index: SubjectIndex<Interest>,
    { limits, log, memory }: Pick<HubParts, 'limits' | 'log' | 'memory'>,
  ) {
    this.#index = index;
    this.#limits = limits;
    this.#log = log;
    this.#memory = memory;
    this.#patterns = new Patterns(limits);
  }

  /** Number of active subscriptions of all sessions. */
  get size(): number {
    return this.#size;
  }

  add(session: Session, id: string, text: string, options: SubscribeOptions): Subscription {
    const { label, matching = 'path', since, fromNow = false, conflate } = options;
    if (session.closed) throw new CometError('unknown-session', 'the session has ended', {});
    checkLabel(label, this.#limits.maxLabelLength);
    const pattern = this.#patterns.read(text, matching);
    this.#checkRoom(session, pattern.parts.length);
    const { tail } = this.#log;
    const start = fromNow ? tail : (session.claim ?? tail);
    const from = since === undefined ? start : pointOf(this.#log, since).position;
    const cursor = this.#log.cursorAt(from) ?? session.cursor;
    const subscription = new Subscription(session, { id, pattern, label, conflate, from, cursor });
    this.#memory.check(session, session.interests.bytes, subscription.bytes);
    return this.#place(session, subscription);
  }

  /**
   * Adds a subscription that was made on another node.
   *
   * @param place - where it begins.
   */
  restore(
    session: Session,
    { id, label, pattern: text, matching, conflate }: Omit<SubscriptionParts, 'from'>,
    { position, cursor }: { readonly position: number; readonly cursor: string },
  ): Subscription {
    checkLabel(label, this.#limits.maxLabelLength);
    const pattern = this.#patterns.read(text, matching);
    this.#checkRoom(session, pattern.parts.length);
    // Its bytes were checked there.
    const given = { id, pattern, label, conflate, from: position, cursor };
    return this.#place(session, new Subscription(session, given));
  }

  remove(session: Session, id?: string): readonly Subscription[] {
    if (id === undefined) {
      const all = session.subscriptions;
      for (const subscription of all) this.#end(session, subscription);
      this.#count(session);
      return all;
    }
    const subscription = session.subscriptions.find((one) => one.id === id);
    if (subscription === undefined) throw unknown();
    this.#end(session, subscription);
    this.#count(session);
    return [subscription];
  }

  /**
   * Revokes subscriptions: withholds their events that were not handed out yet. Includes those that the client has ended before,
   * as far as events from before their end are still to come.
   *
   * @param which - an id or a test; all when it is left out.
   * @returns those that were active until now.
   */
  revoke(session: Session, which?: Which): readonly Subscription[] {
    const { interests } = session;
    const test = typeof which === 'string' ? ({ id }: Subscription) => id === which : (which ?? (() => true));
    // The test is application code and may throw, so it runs before anything changes.
    const active = interests.active.filter((subscription) => test(subscription));
    const chosen = [...interests.ended.filter((subscription) => test(subscription)), ...active];
    if (typeof which === 'string' && chosen.length === 0 && !interests.remembers(which)) throw unknown();
    for (const subscription of active) this.#end(session, subscription);
    interests.revoke(chosen, active);
    this.#count(session);
    session.ownOutbox().withhold(true);
    return active;
  }

  #place(session: Session, subscription: Subscription): Subscription {
    session.interests.add(subscription);
    this.#count(session);
    this.#index.add(subscription.parts, subscription);
    this.#size += 1;
    return subscription;
  }

  #end(session: Session, subscription: Subscription): void {
    // Events from before the end stay wanted as long as they may be read from the log again.
    const linger = session.ownOutbox().expects(({ subject }) => subscription.matches(subject));
    session.interests.end(subscription, this.#log.tail, linger);
    this.#index.remove(subscription.parts, subscription);
    this.#size -= 1;
  }

  #count(session: Session): void {
    const { interests } = session;
    this.#memory.hold(session, interests.bytes - interests.counted);
    interests.counted = interests.bytes;
  }

  // Every part counts: otherwise a few long lists would make every event and every read of the log expensive. Those that ended
  // while their events wait count separately, so that changing subscriptions again and again accumulates nothing.
  #checkRoom(session: Session, parts: number): void {
    const limit = this.#limits.maxSubscriptions;
    const { interests } = session;
    const received = session.ownOutbox().settled ? this.#log.tail : session.acked;
    interests.forget(received, this.#log.base);
    if (interests.breadth + parts <= limit && interests.lingering < limit) return;
    throw new CometError('too-many-subscriptions', `a session has at most ${limit} subscriptions`, { limit });
  }
}

function unknown(): CometError {
  return new CometError('unknown-subscription', 'no such subscription', {});
}

function checkLabel(label: string | undefined, limit: number): void {
  if (label !== undefined && label.length > limit) {
    throw new CometError('invalid-label', `the label is longer than ${limit} characters`, { limit });
  }
}
