import { CometError } from './errors.ts';
import type { SubscribeOptions } from './hub-types.ts';
import type { EventLog } from './log.ts';
import type { HubLimits } from './options.ts';
import { parsePattern } from './pattern.ts';
import { resumePoint } from './resume.ts';
import type { Session } from './session.ts';
import type { SubjectIndex } from './subject-index.ts';
import { Subscription } from './subscription.ts';

/** Adds and ends subscriptions, in the session and in the index at once. */
export class Subscriptions {
  readonly #index: SubjectIndex<Subscription>;
  readonly #limits: HubLimits;
  readonly #log: EventLog;
  #size = 0;

  constructor(index: SubjectIndex<Subscription>, limits: HubLimits, log: EventLog) {
    this.#index = index;
    this.#limits = limits;
    this.#log = log;
  }

  /** Subscriptions that stand, of all sessions. */
  get size(): number {
    return this.#size;
  }

  add(session: Session, id: string, pattern: string, options: SubscribeOptions): Subscription {
    const { label, matching = 'path', since } = options;
    if (session.closed) throw new CometError('unknown-session', 'the session has ended', {});
    const limit = this.#limits.maxSubscriptions;
    // Those that ended while their events wait count apart, so that changing them again and again gathers nothing.
    if (session.subscriptions.size >= limit || session.lingering >= limit) {
      throw new CometError('too-many-subscriptions', `a session has at most ${limit} subscriptions`, {
        limit,
      });
    }
    checkLabel(label, this.#limits.maxLabelLength);
    const parts = parsePattern(pattern, matching, this.#limits);
    const from = since === undefined ? (session.claim ?? this.#log.tail) : this.#positionOf(since);
    const subscription = new Subscription(session, { id, parts, pattern, label, matching, from });
    session.addSubscription(subscription);
    this.#index.add(parts, subscription);
    this.#size += 1;
    return subscription;
  }

  remove(session: Session, id?: string): readonly Subscription[] {
    if (id === undefined) {
      const all = [...session.subscriptions.values()];
      for (const subscription of all) this.#end(session, subscription);
      return all;
    }
    const subscription = session.subscriptions.get(id);
    if (subscription === undefined) throw new CometError('unknown-subscription', 'no such subscription', {});
    this.#end(session, subscription);
    return [subscription];
  }

  #end(session: Session, subscription: Subscription): void {
    session.endSubscription(subscription);
    this.#index.remove(subscription.parts, subscription);
    this.#size -= 1;
  }

  #positionOf(since: string): number {
    const point = resumePoint(this.#log, since);
    if (point === undefined) throw new CometError('invalid-cursor', 'the cursor is not valid', {});
    return point.position;
  }
}

function checkLabel(label: string | undefined, limit: number): void {
  if (label !== undefined && label.length > limit) {
    throw new CometError('invalid-label', `the label is longer than ${limit} characters`, { limit });
  }
}
