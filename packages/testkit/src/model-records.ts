import type { SessionStore, StoredSession } from '@cometkit/core/cluster';

interface Kept extends StoredSession {
  /** By the clock of the engine. */
  readonly until: number;
}

const nonceMs = 60_000;

/** The records of sessions that the model of an engine keeps. */
export class ModelRecords {
  readonly #time: () => number;
  readonly #records = new Map<string, Kept>();
  readonly #nonces = new Map<string, { readonly id: string; readonly until: number }>();
  #revisions = 0;

  /** @param time - the clock of the engine, in Unix milliseconds. */
  constructor(time: () => number) {
    this.#time = time;
  }

  /** Gives the records as a node reaches them. @param step - does something there after a while. */
  store(step: <T>(act: () => T) => Promise<T>): SessionStore {
    return {
      create: (id, text, options) => step(() => this.#create(id, text, options)),
      load: (id) => step(() => this.#load(id)),
      replace: (id, text, given) => step(() => this.#replace(id, text, given)),
      touch: (id, ttlMs) => step(() => this.#touch(id, ttlMs)),
      remove: (id) => step(() => void this.#records.delete(id)),
    };
  }

  #create(id: string, text: string, { ttlMs, nonce }: Parameters<SessionStore['create']>[2]): string {
    const now = this.#time();
    const known = nonce === undefined ? undefined : this.#nonces.get(nonce);
    if (known !== undefined && known.until > now) return known.id;
    if (nonce !== undefined) this.#nonces.set(nonce, { id, until: now + nonceMs });
    if (this.#load(id) === undefined) this.#keep(id, text, ttlMs);
    return id;
  }

  #load(id: string): StoredSession | undefined {
    const kept = this.#records.get(id);
    return kept === undefined || kept.until <= this.#time()
      ? undefined
      : { text: kept.text, revision: kept.revision };
  }

  #replace(
    id: string,
    text: string,
    { revision, ttlMs }: Parameters<SessionStore['replace']>[2],
  ): string | undefined {
    return this.#load(id)?.revision === revision ? this.#keep(id, text, ttlMs) : undefined;
  }

  #touch(id: string, ttlMs: number): void {
    const kept = this.#records.get(id);
    if (kept !== undefined && kept.until > this.#time())
      this.#records.set(id, { ...kept, until: this.#time() + ttlMs });
  }

  #keep(id: string, text: string, ttlMs: number): string {
    this.#revisions += 1;
    const revision = String(this.#revisions);
    this.#records.set(id, { text, revision, until: this.#time() + ttlMs });
    return revision;
  }
}
