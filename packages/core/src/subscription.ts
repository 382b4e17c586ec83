import type { CometEvent } from './event.ts';
import { type Matching, type PatternPart, partMatches } from './pattern.ts';
import type { Pattern } from './patterns.ts';

/** Something that may run foreign code and has to wait until that can do no harm. It never throws. */
export interface Wakeable {
  wake(): void;
}

/** Whoever takes the events that a subscription matches. */
export interface EventSink extends Wakeable {
  /** Takes an event in and runs no foreign code. Shape: true when `wake` is to follow. */
  offer(event: CometEvent): boolean;
}

/** What an index finds for a subject: whose it is. */
export interface Interest {
  readonly owner: EventSink;
}

/**
 * A session's interest in the subjects that a pattern names.
 *
 * Units: `from` is a position; only events after it are meant. `began` is where it stood when it was made, and `cursor`
 * the text of that place: what lies before is its past.
 */
export class Subscription {
  /** @internal First of all, for fan-out reads nothing else. */
  readonly owner: EventSink;
  readonly id: string;
  /** The client's own word for it, given back to that client alone. */
  readonly label: string | undefined;
  from: number;
  readonly began: number;
  readonly cursor: string;
  /** Position after which it no longer counts; Infinity while it stands. */
  until: number = Number.POSITIVE_INFINITY;
  // One for all who want the same.
  readonly #pattern: Pattern;

  /** @internal */
  constructor(owner: EventSink, given: SubscriptionGiven) {
    this.owner = owner;
    this.id = given.id;
    this.#pattern = given.pattern;
    this.label = given.label;
    this.from = this.began = given.from;
    this.cursor = given.cursor;
  }

  /** The pattern as it was given. */
  get pattern(): string {
    return this.#pattern.text;
  }

  get matching(): Matching {
    return this.#pattern.matching;
  }

  /** @internal */
  get parts(): readonly PatternPart[] {
    return this.#pattern.parts;
  }

  /** Says whether the pattern matches a subject, whatever the position. */
  matches(subject: string): boolean {
    for (const part of this.parts) if (partMatches(part, subject)) return true;
    return false;
  }

  /** Says whether an event at a position with a subject falls under this subscription. */
  covers(subject: string, position: number): boolean {
    return position > this.from && position <= this.until && this.matches(subject);
  }
}

/** What a subscription is made of. */
export interface SubscriptionGiven {
  readonly id: string;
  readonly pattern: Pattern;
  readonly label: string | undefined;
  readonly from: number;
  readonly cursor: string;
}

/** Which subscriptions are meant: one by its id, or those for which a test holds. */
export type Which = string | ((subscription: Subscription) => boolean);
