import type { Session } from './session.ts';
import { addTo, removeFrom } from './set-map.ts';

/** The table of live sessions, by id, by principal and for a while by the nonce they were joined with. */
export class Sessions {
  readonly #byId = new Map<string, Session>();
  readonly #byPrincipal = new Map<string, Set<Session>>();
  readonly #byNonce = new Map<string, Session>();
  readonly #nonces = new WeakMap<Session, string>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  /** The live session that was joined with a nonce: the answer to its join may have been lost. */
  withNonce(nonce: string): Session | undefined {
    return this.#byNonce.get(nonce);
  }

  /** The sessions of one principal. */
  of(principal: string): Iterable<Session> {
    return this.#byPrincipal.get(principal) ?? [];
  }

  all(): Iterable<Session> {
    return this.#byId.values();
  }

  add(session: Session, nonce: string | undefined): void {
    this.#byId.set(session.id, session);
    if (session.principal !== undefined) addTo(this.#byPrincipal, session.principal, session);
    if (nonce === undefined) return;
    this.#byNonce.set(nonce, session);
    this.#nonces.set(session, nonce);
  }

  remove(session: Session): void {
    this.#byId.delete(session.id);
    if (session.principal !== undefined) removeFrom(this.#byPrincipal, session.principal, session);
    const nonce = this.#nonces.get(session);
    if (nonce !== undefined) this.#byNonce.delete(nonce);
  }
}
