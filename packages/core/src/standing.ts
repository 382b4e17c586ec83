import type { Cohort } from './cohort.ts';
import type { Gap } from './event.ts';
import { Feed } from './feed.ts';
import type { FeedOwner } from './feed-owner.ts';
import type { GivenBatch } from './given.ts';
import type { Departure, Member } from './member.ts';
import { Place } from './place.ts';
import type { HubParts } from './session-host.ts';
import type { Reader } from './withhold.ts';

const nothing = { size: 0, bytes: 0 };
const none: readonly GivenBatch[] = [];

/**
 * Where a session stands in the log: alone with its feed, or in a cohort with others.
 *
 * Reading it changes nothing: what its cohort was given counts as its own. In a cohort a session that has everything
 * confirmed holds no feed, only its place.
 */
export abstract class Standing implements FeedOwner, Member {
  #cohort: Cohort | undefined = undefined;
  #feed: Feed | undefined = undefined;
  // Whole numbers, which need no box.
  #wroteAt: number;
  /** @internal */
  slot = 0;
  /** @internal */
  since = 0;

  readonly #place: Place;
  readonly #host: HubParts;

  constructor(host: HubParts) {
    this.#host = host;
    this.#place = new Place(host.log.tail, host.log.cursorAt(host.log.tail) ?? '');
    this.#wroteAt = Math.trunc(host.now());
  }

  /** True while a transport is open. */
  abstract get attached(): boolean;
  /** True for a client that acknowledges: then a finished write proves nothing, and silence is noticed. */
  abstract get acknowledges(): boolean;
  /** @internal */
  abstract readonly interests: Reader & Member['interests'];
  /** @internal */
  abstract gapped(gap: Gap): void;
  /** @internal */
  abstract overflowed(): void;
  /** @internal */
  abstract lagged(count: number): void;
  /** Hears that items wait which were another's business. */
  protected abstract stir(): void;

  /** @internal Leaves the cohort. @returns what the session has for itself from now on. */
  standAlone(): Feed {
    this.leave();
    return this.#ownFeed;
  }

  /** @internal True while it is in a cohort, which takes in for it what is meant for all of its kind. */
  get gathered(): boolean {
    return this.#cohort !== undefined;
  }

  /** @internal True for a session that may enter a cohort: it has everything, and room for what it is given there. */
  get level(): boolean {
    if (this.#cohort !== undefined || !this.attached) return false;
    if (this.#feed === undefined) return true;
    return this.acknowledges ? this.#feed.roomy : this.#feed.settled;
  }

  /** Highest position received for certain. */
  get confirmed(): number {
    return (this.acknowledges ? undefined : this.#given.at(-1)?.position) ?? this.#place.confirmed;
  }

  /** Highest position handed to a transport. */
  get taken(): number {
    return this.#given.at(-1)?.position ?? this.#place.taken;
  }

  /** Text of the place where the stream stands: after what was taken. */
  get cursor(): string {
    return this.#given.at(-1)?.cursor ?? this.#place.takenCursor;
  }

  /** True when `take` may give something; after an overflow it may turn out that nothing matches. What waits for a cohort is not meant. */
  get waiting(): boolean {
    return this.#cohort === undefined && this.#feed?.waiting === true;
  }

  /** When the oldest unconfirmed item was taken. Units: monotonic milliseconds; Infinity when none is. */
  get unconfirmedSince(): number {
    const oldest = this.acknowledges ? this.#given[0]?.at : undefined;
    return (
      this.#place.unconfirmedSince ?? (oldest === undefined ? Number.POSITIVE_INFINITY : Math.trunc(oldest))
    );
  }

  /** Items referred to now, and the bytes of their events. */
  get queued(): { readonly size: number; readonly bytes: number } {
    const { size, bytes } = this.#feed?.queue ?? nothing;
    const owed = this.#cohort?.owedTo(this);
    return { size: size + (owed?.size ?? 0), bytes: bytes + (owed?.bytes ?? 0) };
  }

  /** @internal When bytes went out last, or a heartbeat was due. Units: whole monotonic milliseconds. */
  get wroteAt(): number {
    return this.#cohort === undefined ? this.#wroteAt : Math.max(this.#wroteAt, this.#cohort.wroteAt);
  }

  set wroteAt(now: number) {
    this.#wroteAt = Math.trunc(now);
  }

  /** @internal */
  enter<S>(cohort: Cohort<S>, sink: S): void {
    cohort.add(this, sink);
    this.#cohort = cohort as Cohort;
    if (this.#feed?.settled === true) this.#feed = undefined;
  }

  /** @internal Leaves the cohort, if it is in one. */
  leave(): void {
    this.#cohort?.release(this);
  }

  // What its cohort was given since it came.
  get #given(): readonly GivenBatch[] {
    return this.#cohort?.givenTo(this) ?? none;
  }

  /** @internal */
  departed({ given, waiting }: Departure): void {
    this.#wroteAt = this.wroteAt;
    this.#cohort = undefined;
    for (const batch of given) this.#took(batch);
    for (const item of waiting) if (item.kind === 'data') this.#ownFeed.push(item);
    if (waiting.length > 0) this.stir();
  }

  #took({ items, position, cursor, at }: GivenBatch): void {
    if (this.acknowledges) this.#ownFeed.took(items, at);
    else this.#place.stand(position, cursor);
  }

  get #ownFeed(): Feed {
    this.#feed ??= new Feed(this.#host, this, this.#place);
    return this.#feed;
  }
}
