import type { Session } from './session.ts';
import { addTo, removeFrom } from './set-map.ts';

// A client listens soon after its join (milliseconds).
const freshMs = 2000;
// A search through those who might go is cut off here, so that a full hub refuses as quickly as it admits.
const maxLooked = 256;

/**
 * Decides who gives way when the hub is full: sessions that nobody used within two seconds of their join, then those without a
 * channel that were silent longest; of both first those of a neighbourhood that holds more than a quarter of all places. When
 * there are none, a newcomer from elsewhere takes the place of the oldest session of such a neighbourhood.
 *
 * @remarks
 * A neighbourhood is a text that a handler gives to sessions of one network address, one /64 or one /48. Who gives way can come
 * back with a cursor and gets what followed. A client of a neighbourhood that holds more than its share takes places of its
 * neighbours only, so nobody can push the others out.
 */
export class Places {
  // Nothing came from their clients since the join; oldest first.
  readonly #unused = new Set<Session>();
  // Without a channel, by when they were last heard of, oldest first.
  readonly #away = new Set<Session>();
  readonly #neighbourhoods = new WeakMap<Session, readonly string[]>();
  readonly #held = new Map<string, Set<Session>>();
  readonly #large = new Set<string>();
  readonly #share: number;

  constructor(maxSessions: number) {
    this.#share = Math.ceil(maxSessions / 4);
  }

  /** Takes a place for a session that has just joined. */
  take(session: Session, neighbourhoods: readonly string[]): void {
    this.#unused.add(session);
    if (neighbourhoods.length > 0) this.#neighbourhoods.set(session, neighbourhoods);
    for (const name of neighbourhoods) {
      addTo(this.#held, name, session);
      this.#weigh(name);
    }
  }

  /** Frees the place of a session that has ended. */
  free(session: Session): void {
    this.#unused.delete(session);
    this.#away.delete(session);
    for (const name of this.#neighbourhoods.get(session) ?? []) {
      removeFrom(this.#held, name, session);
      this.#weigh(name);
    }
  }

  /** The session has a channel. */
  back(session: Session): void {
    this.#unused.delete(session);
    this.#away.delete(session);
  }

  /** The client of a session has sent a request, or lost its channel. */
  heard(session: Session): void {
    if (session.attached || session.closed) return;
    this.#unused.delete(session);
    this.#away.delete(session);
    this.#away.add(session);
  }

  /**
   * Chooses who gives way to a newcomer.
   *
   * @param newcomer - its neighbourhoods.
   * @param now - in monotonic milliseconds.
   * @returns undefined when nobody does.
   */
  whoGivesWay(newcomer: readonly string[], now: number): Session | undefined {
    const among = (names: ReadonlySet<string>) =>
      this.#quietest(
        now,
        (session) => this.#neighbourhoods.get(session)?.some((name) => names.has(name)) ?? false,
      );
    const own = new Set(newcomer.filter((name) => this.#large.has(name)));
    if (own.size > 0) return among(own);
    const large = this.#large.size > 0 ? among(this.#large) : undefined;
    return large ?? this.#quietest(now, always) ?? this.#oldestOfLarge();
  }

  #quietest(now: number, accepts: (session: Session) => boolean): Session | undefined {
    const outlived = (session: Session) => now - session.seen >= freshMs && accepts(session);
    return first(this.#unused, outlived) ?? first(this.#away, accepts);
  }

  #oldestOfLarge(): Session | undefined {
    const [name = ''] = this.#large;
    return first(this.#held.get(name) ?? [], always);
  }

  #weigh(name: string): void {
    if ((this.#held.get(name)?.size ?? 0) > this.#share) this.#large.add(name);
    else this.#large.delete(name);
  }
}

const always = () => true;

function first(sessions: Iterable<Session>, accepts: (session: Session) => boolean): Session | undefined {
  let looked = 0;
  for (const session of sessions) {
    if (accepts(session)) return session;
    looked += 1;
    if (looked >= maxLooked) return undefined;
  }
  return undefined;
}
