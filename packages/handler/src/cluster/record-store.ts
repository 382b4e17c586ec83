import { CometError } from '@cometkit/core';
import type { SessionStore } from '@cometkit/core/cluster';
import { fromEngine } from './engine-away.ts';
import { recordFromText, recordToText, type SessionRecord } from './record.ts';

/** A record, and the revision by which it can be replaced; undefined for one that was just created. */
export interface Kept {
  readonly record: SessionRecord;
  readonly revision: string | undefined;
}

/** A change of a record. @returns the record itself when there is nothing to change. */
export type RecordChange = (record: SessionRecord) => SessionRecord;

// Several nodes may change one record at once, though hardly ever more than two.
const maxAttempts = 10;

/** The records of sessions in the engine. */
export class RecordStore {
  readonly #store: SessionStore;
  readonly #lifeMs: (record: SessionRecord) => number;
  readonly #broken: (id: string) => void;

  /**
   * @param lifeMs - how long a record lives when nobody touches it.
   * @param broken - called with the id of a record that cannot be read; it counts as none.
   */
  constructor(store: SessionStore, lifeMs: (record: SessionRecord) => number, broken: (id: string) => void) {
    this.#store = store;
    this.#lifeMs = lifeMs;
    this.#broken = broken;
  }

  /** Keeps a new record. @returns the id of the session that its nonce belongs to: its own, or an earlier one. */
  create(record: SessionRecord, nonce: string | undefined): Promise<string> {
    const options = { ttlMs: this.#lifeMs(record), ...(nonce !== undefined && { nonce }) };
    return fromEngine(this.#store.create(record.id, recordToText(record), options));
  }

  /** @returns undefined when there is none. */
  async load(id: string): Promise<Kept | undefined> {
    const stored = await fromEngine(this.#store.load(id));
    if (stored === undefined) return undefined;
    const record = recordFromText(stored.text, id);
    if (record === undefined) this.#broken(id);
    return record && { record, revision: stored.revision };
  }

  /**
   * Changes a record, again and again while others change it at the same time.
   *
   * @param kept - the record as it was known last, which saves reading it.
   * @throws {CometError} `unknown-session` — there is none any more.
   * @throws {EngineAway} — the engine failed; the change may have been made nevertheless.
   */
  async update(id: string, kept: Kept | undefined, change: RecordChange): Promise<Kept> {
    let known = kept;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (known?.revision === undefined) known = await this.load(id);
      if (known?.revision === undefined) throw new CometError('unknown-session', 'invalid or expired id', {});
      const record = change(known.record);
      if (record === known.record) return known;
      const given = { revision: known.revision, ttlMs: this.#lifeMs(record) };
      const revision = await fromEngine(this.#store.replace(id, recordToText(record), given));
      if (revision !== undefined) return { record, revision };
      known = undefined;
    }
    throw new CometError('too-busy', 'too many changes of this session at once', { limit: maxAttempts });
  }

  /** Lets a record live on. */
  touch(record: SessionRecord): Promise<void> {
    return fromEngine(this.#store.touch(record.id, this.#lifeMs(record)));
  }

  remove(id: string): Promise<void> {
    return fromEngine(this.#store.remove(id));
  }
}
