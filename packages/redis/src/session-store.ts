import { createHash } from 'node:crypto';
import type { SessionStore, StoredSession } from '@cometkit/core/cluster';
import type { Commands } from './commands.ts';
import type { Keys } from './keys.ts';
import { randomWord } from './place.ts';
import { claim, replace } from './scripts.ts';

const nonceMs = 60_000;
const revisionLength = 10;

/** Records in Redis: one text each, which begins with its revision. */
export class RedisSessions implements SessionStore {
  readonly #commands: Commands;
  readonly #keys: Keys;

  constructor(commands: Commands, keys: Keys) {
    this.#commands = commands;
    this.#keys = keys;
  }

  // The record comes first: whoever is told an id by a nonce finds it.
  async create(
    id: string,
    text: string,
    { ttlMs, nonce }: { readonly ttlMs: number; readonly nonce?: string },
  ): Promise<string> {
    const record = `${randomWord(revisionLength)} ${text}`;
    await this.#commands.send('SET', this.#keys.session(id), record, 'NX', 'PX', lifetime(ttlMs));
    if (nonce === undefined) return id;
    const key = this.#keys.nonce(createHash('sha256').update(nonce).digest('base64url'));
    const first = String(await this.#commands.run(claim, [key], [id, nonceMs]));
    if (first !== id) await this.remove(id);
    return first;
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const record = await this.#commands.send('GET', this.#keys.session(id));
    if (typeof record !== 'string') return undefined;
    return { revision: record.slice(0, revisionLength), text: record.slice(revisionLength + 1) };
  }

  async replace(
    id: string,
    text: string,
    { revision, ttlMs }: { readonly revision: string; readonly ttlMs: number },
  ): Promise<string | undefined> {
    const next = randomWord(revisionLength);
    const values = [revision, next, text, lifetime(ttlMs)];
    return (await this.#commands.run(replace, [this.#keys.session(id)], values)) === 1 ? next : undefined;
  }

  async touch(id: string, ttlMs: number): Promise<void> {
    await this.#commands.send('PEXPIRE', this.#keys.session(id), lifetime(ttlMs));
  }

  async remove(id: string): Promise<void> {
    await this.#commands.send('DEL', this.#keys.session(id));
  }
}

// Redis takes whole milliseconds, and none below 1.
function lifetime(ttlMs: number): string {
  return String(Math.max(1, Math.ceil(ttlMs)));
}
