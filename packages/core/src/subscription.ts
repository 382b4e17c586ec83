import type { CometEvent } from './event.ts';
import { bytesOfText, ownText } from './own-text.ts';
import type { Matching, PatternPart } from './pattern.ts';
import type { Pattern } from './patterns.ts';

/** Something whose waking may run application code, so that it must wait for a safe moment. It never throws. */
export interface Wakeable {
  wake(): void;
}

/** Receives the events that a subscription matches. */
export interface EventSink extends Wakeable {
  /** Of the session, if it is one. */
  readonly id?: string;
  /** Accepts an event, without running application code. @returns true when `wake` must follow. */
  offer(event: CometEvent): boolean;
}

/** What the index finds for a subject. */
export interface Interest {
  readonly owner: EventSink;
}

// The object, its id and its place in the list of its session, measured on 64-bit V8.
const ownBytes = 144;

/** A session's wish to receive the events whose subjects match a pattern. */
export class Subscription {
  /** @internal The first field, because fan-out reads no other. */
  readonly owner: EventSink;
  readonly id: string;
  /** The client's name for it, returned to that client only. */
  readonly label: string | undefined;
  /** True when a newer event of the same subject and name may replace one that waits. */
  readonly conflates: boolean;
  /** Only events after this position match. */
  from: number;
  /** The position where it began. What lies before is its past. */
  readonly began: number;
  /** The cursor of that position, as text. */
  readonly cursor: string;
  // Undefined takes no memory, as a number would that is not small and whole.
  #until: number | undefined = undefined;
  // Shared by all subscriptions to the same pattern.
  readonly #pattern: Pattern;

  /** @internal */
  constructor(owner: EventSink, given: SubscriptionGiven) {
    this.owner = owner;
    this.id = given.id;
    this.#pattern = given.pattern;
    this.label = given.label === undefined ? undefined : ownText(given.label);
    this.conflates = given.conflate === true;
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

  /** Position after which it no longer counts; Infinity while it is active. */
  get until(): number {
    return this.#until ?? Number.POSITIVE_INFINITY;
  }

  set until(position: number) {
    this.#until = position;
  }

  /** @internal What it takes in memory, with its pattern and its places in the index, in bytes. */
  get bytes(): number {
    return ownBytes + this.#pattern.bytes + (this.label === undefined ? 0 : bytesOfText(this.label));
  }

  /** @internal */
  get parts(): readonly PatternPart[] {
    return this.#pattern.parts;
  }

  /** Returns whether the pattern matches a subject, whatever the position. */
  matches(subject: string): boolean {
    return this.#pattern.matches(subject);
  }

  /** Returns whether an event with this subject and position matches. */
  covers(subject: string, position: number): boolean {
    return position > this.from && position <= this.until && this.matches(subject);
  }
}

/** The arguments of a new subscription. */
export interface SubscriptionGiven {
  readonly id: string;
  readonly pattern: Pattern;
  readonly label: string | undefined;
  readonly conflate: boolean | undefined;
  readonly from: number;
  readonly cursor: string;
}

/** Selects subscriptions: one by its id, or those that pass a test. */
export type Which = string | ((subscription: Subscription) => boolean);
