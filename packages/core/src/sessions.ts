import { ownText } from './own-text.ts';
import type { Session } from './session.ts';
import { addTo, removeFrom } from './set-map.ts';

interface Joined {
  readonly session: Session;
  readonly at: number;
}

// As long as a client may retry its join. After that the nonce must not give access to the session.
const nonceMs = 60_000;

/** The table of live sessions, by id, by principal and for a while by the nonce they were joined with. */
export class Sessions {
  readonly #byId = new Map<string, Session>();
  readonly #byPrincipal = new Map<string, Set<Session>>();
  readonly #byNonce = new Map<string, Joined>();
  readonly #nonces = new WeakMap<Session, string>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  /** Finds the live session that joined with a nonce less than a minute ago: the answer to its join may have been lost. */
  withNonce(nonce: string, now: number): Session | undefined {
    const joined = this.#byNonce.get(nonce);
    return joined !== undefined && now - joined.at < nonceMs ? joined.session : undefined;
  }

  /** The sessions of one principal. */
  of(principal: string): Iterable<Session> {
    return this.#byPrincipal.get(principal) ?? [];
  }

  all(): Iterable<Session> {
    return this.#byId.values();
  }

  add(session: Session, nonce: string | undefined, now: number): void {
    this.#byId.set(session.id, session);
    if (session.principal !== undefined) addTo(this.#byPrincipal, session.principal, session);
    if (nonce === undefined) return;
    const own = ownText(nonce);
    this.#byNonce.set(own, { session, at: now });
    this.#nonces.set(session, own);
  }

  remove(session: Session): void {
    this.#byId.delete(session.id);
    if (session.principal !== undefined) removeFrom(this.#byPrincipal, session.principal, session);
    const nonce = this.#nonces.get(session);
    // Another session may have joined with the same nonce since.
    if (nonce !== undefined && this.#byNonce.get(nonce)?.session === session) this.#byNonce.delete(nonce);
  }
}
