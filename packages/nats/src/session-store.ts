import { createHash, randomBytes } from 'node:crypto';
import type { SessionStore, StoredSession } from '@cometkit/core/cluster';
import type { KvEntry } from '@nats-io/kv';
import type { Bucket } from './buckets.ts';
import type { EngineClock } from './engine-clock.ts';
import { hasCode, isOutrun } from './faults.ts';

/** A record with what this package keeps beside it. */
interface Found {
  readonly text: string;
  /** Changes with the text, not with the time that it has left. */
  readonly version: string;
  /** Of the bucket, for compare-and-swap. */
  readonly entry: number;
  /** Unix milliseconds by the server's clock. */
  readonly expires: number;
}

const noMessage = 10037;
const attempts = 5;
const head = /^([0-9a-z]{8}) (\d{1,13})\n/;

/**
 * Records of sessions in a key-value bucket.
 *
 * A bucket of NATS 2.9 knows one age for all: a record says itself how long it lives, and whoever wrote it last takes it out.
 */
export class NatsSessions implements SessionStore {
  readonly #records: Bucket;
  readonly #nonces: Bucket;
  readonly #clock: EngineClock;
  /** When records that this node wrote last come to their end, in monotonic milliseconds. */
  readonly #due = new Map<string, number>();

  constructor(records: Bucket, nonces: Bucket, clock: EngineClock) {
    this.#records = records;
    this.#nonces = nonces;
    this.#clock = clock;
  }

  async create(
    id: string,
    text: string,
    { ttlMs, nonce }: { readonly ttlMs: number; readonly nonce?: string },
  ): Promise<string> {
    await this.#keepFirst(id, written(newVersion(), ttlMs, text), ttlMs);
    if (nonce === undefined) return id;
    // The record comes first: who loses the race finds that of the winner.
    const owner = await this.#claim(nonce, id);
    if (owner !== id) await this.remove(id);
    return owner;
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const found = await this.#find(id);
    return found && { text: found.text, revision: `${found.version}.${found.entry}` };
  }

  async replace(
    id: string,
    text: string,
    { revision, ttlMs }: { readonly revision: string; readonly ttlMs: number },
  ): Promise<string | undefined> {
    const [version, entry] = revision.split('.');
    const next = newVersion();
    let at = Number(entry);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const put = await this.#swap(id, written(next, ttlMs, text), at);
      if (put !== undefined) {
        this.#remember(id, ttlMs);
        return `${next}.${put}`;
      }
      // It may only have been given more time.
      const found = await this.#find(id);
      if (found === undefined || found.version !== version) return undefined;
      at = found.entry;
    }
    return undefined;
  }

  async touch(id: string, ttlMs: number): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const found = await this.#find(id);
      if (found === undefined) return;
      if ((await this.#swap(id, written(found.version, ttlMs, found.text), found.entry)) === undefined)
        continue;
      this.#remember(id, ttlMs);
      return;
    }
  }

  async remove(id: string): Promise<void> {
    this.#due.delete(id);
    const key = keyOf(id);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const entry = await this.#records.use((bucket) => bucket.get(key));
      if (entry === null || (await this.#erase(entry))) return;
    }
  }

  /** Takes records out whose time is over: those that this node wrote last and nobody has changed since. */
  async sweep(now: number, max: number): Promise<void> {
    let left = max;
    for (const [id, due] of this.#due) {
      if (due > now) continue;
      if (left === 0) return;
      left -= 1;
      this.#due.delete(id);
      const entry = await this.#records.use((bucket) => bucket.get(keyOf(id)));
      if (entry !== null && this.#expired(read(entry))) await this.#erase(entry);
    }
  }

  // A record that is there stays: its creation is repeated when the answer was lost.
  async #keepFirst(id: string, value: string, ttlMs: number): Promise<void> {
    for (let at = 0; ; ) {
      if ((await this.#swap(id, value, at)) !== undefined) break;
      const entry = await this.#records.use((bucket) => bucket.get(keyOf(id)));
      if (entry !== null && !this.#expired(read(entry))) return;
      at = entry?.revision ?? 0;
    }
    this.#remember(id, ttlMs);
  }

  async #find(id: string): Promise<Found | undefined> {
    const entry = await this.#records.use((bucket) => bucket.get(keyOf(id)));
    const found = entry === null ? undefined : read(entry);
    return found === undefined || this.#expired(found) ? undefined : found;
  }

  #expired(found: Found | undefined): boolean {
    return found === undefined || found.expires <= this.#clock.now();
  }

  async #swap(id: string, value: string, entry: number): Promise<number | undefined> {
    try {
      return await this.#records.use((bucket) => bucket.put(keyOf(id), value, { previousSeq: entry }));
    } catch (error) {
      if (isOutrun(error)) return undefined;
      throw error;
    }
  }

  // A message of the bucket's stream goes without the marker that a deleted key leaves, and only if it is still this one.
  async #erase({ revision }: KvEntry): Promise<boolean> {
    try {
      const { stream } = this.#records;
      return await this.#records.use((_, { manager }) => manager.streams.deleteMessage(stream, revision));
    } catch (error) {
      if (hasCode(error, noMessage, 10043)) return false;
      throw error;
    }
  }

  async #claim(nonce: string, id: string): Promise<string> {
    const key = createHash('sha256').update(nonce).digest('base64url');
    for (;;) {
      try {
        await this.#nonces.use((bucket) => bucket.create(key, id));
        return id;
      } catch (error) {
        if (!isOutrun(error)) throw error;
      }
      const entry = await this.#nonces.use((bucket) => bucket.get(key));
      if (entry !== null && entry.operation === 'PUT') return entry.string();
    }
  }

  #remember(id: string, ttlMs: number): void {
    // At the end of the list, so that the first ones are due first, more or less.
    this.#due.delete(id);
    this.#due.set(id, performance.now() + ttlMs);
  }
}

function read(entry: KvEntry): Found | undefined {
  if (entry.operation !== 'PUT') return undefined;
  const value = entry.string();
  const [start, version, ttlMs] = head.exec(value) ?? [];
  if (start === undefined || version === undefined) return undefined;
  const expires = entry.created.getTime() + Number(ttlMs);
  return { text: value.slice(start.length), version, entry: entry.revision, expires };
}

function written(version: string, ttlMs: number, text: string): string {
  return `${version} ${Math.ceil(ttlMs)}\n${text}`;
}

function newVersion(): string {
  return [...randomBytes(8)].map((byte) => (byte % 36).toString(36)).join('');
}

// Ids of sessions are made by the hub, but a client says which one it means: only some characters can be in a key.
function keyOf(id: string): string {
  return /^[\w-]{1,64}$/.test(id) ? id : createHash('sha256').update(id).digest('base64url');
}
