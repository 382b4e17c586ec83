import type {
  Appended,
  Batch,
  Cluster,
  Frame,
  LogSink,
  SessionStore,
  StoredSession,
} from '@cometkit/core/cluster';

/** What goes wrong with an engine. */
export interface Faults {
  /** Asked at each call of the session store: true refuses it. */
  store: (what: keyof SessionStore) => boolean;
  /** The same, but what was asked is done, and only its answer is lost. */
  answer: (what: keyof SessionStore) => boolean;
  /** Asked at each letter: true loses it. */
  letter: () => boolean;
  /** Runs after a record was read and before its reader has it. */
  loaded: (id: string) => Promise<void> | undefined;
}

const secret = 'one secret for all nodes of the tests, long enough';

/** An engine in memory, which nodes share: it counts what they ask of it, and fails when a test wants it to. */
export class MemoryEngine {
  readonly faults: Faults = {
    store: () => false,
    answer: () => false,
    letter: () => false,
    loaded: () => undefined,
  };
  readonly records = new Map<string, { text: string; revision: number; ttlMs: number }>();
  readonly letters: [node: string, text: string][] = [];
  readonly #calls: string[] = [];
  readonly #frames: Frame[] = [];
  readonly #nonces = new Map<string, string>();
  readonly #sinks = new Map<string, LogSink>();
  readonly #inboxes = new Map<string, (text: string) => void>();
  /** Nodes that do not read the log for now, each with what waits for it. */
  readonly #held = new Map<string, Frame[]>();
  /** Those of them that have not heard of the present life of the log. */
  readonly #unaware = new Set<string>();
  #epoch = 'e1';
  #position = 0;
  #revision = 0;

  /** What was asked of it since the last time: names of the methods of the session store, and `append`. */
  calls(): string[] {
    return this.#calls.splice(0);
  }

  /** Opens a node. */
  open(node: string, secrets: readonly [string, ...string[]] = [secret]): Cluster {
    const seen = new Map<number, Appended>();
    return {
      node,
      secrets,
      log: {
        start: async (sink) => {
          sink.renew(this.#epoch, 0, 7);
          for (const frame of this.#frames) sink.accept(frame);
          this.#sinks.set(node, sink);
          sink.state('live');
        },
        append: async (batch) => {
          await undefined;
          const appended = seen.get(batch.seq) ?? this.#append(node, batch);
          seen.set(batch.seq, appended);
          return appended;
        },
        end: () => Promise.resolve({ epoch: this.#epoch, position: this.#position }),
      },
      sessions: this.#store(),
      inbox: {
        receive: (listener) => void this.#inboxes.set(node, listener),
        send: (to, text) => {
          this.letters.push([to, text]);
          if (!this.faults.letter()) this.#inboxes.get(to)?.(text);
        },
      },
      stop: async () => void this.#sinks.delete(node),
    };
  }

  /** Forgets who brought a nonce, as engines do after a minute. */
  forgetNonces(): void {
    this.#nonces.clear();
  }

  /** Tells a node that it has its engine, or not. */
  say(node: string, state: 'live' | 'behind' | 'cut'): void {
    this.#sinks.get(node)?.state(state);
  }

  /** Lets a node read nothing of the log. @returns what lets it read again. */
  holdBack(node: string): () => void {
    this.#held.set(node, []);
    return () => {
      const waiting = this.#held.get(node) ?? [];
      this.#held.delete(node);
      if (this.#unaware.delete(node)) this.#renew(node);
      for (const frame of waiting) this.#sinks.get(node)?.accept(frame);
    };
  }

  /** The log begins another life: what a node that is held back has not read is lost to it. */
  beginAnew(): void {
    this.#epoch = `e${Number(this.#epoch.slice(1)) + 1}`;
    this.#position += 1;
    this.#frames.length = 0;
    for (const node of this.#sinks.keys()) {
      if (!this.#held.has(node)) this.#renew(node);
      else {
        this.#held.set(node, []);
        this.#unaware.add(node);
      }
    }
  }

  #renew(node: string): void {
    this.#sinks.get(node)?.renew(this.#epoch, this.#position, 7);
  }

  /** What a node that is held back has not read is lost to it. */
  lose(node: string): void {
    const lost = this.#held.get(node) ?? [];
    this.#held.delete(node);
    const [first, last] = [lost[0], lost.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#sinks.get(node)?.hole(first.first, last.first + last.entries.length - 1);
  }

  #append(node: string, { seq, entries }: Batch): Appended {
    this.#calls.push('append');
    const first = this.#position + 1;
    this.#position += entries.length;
    const epoch = this.#epoch;
    const frame: Frame = { epoch, first, tag: first * 31 + 5, time: 1_000_000 + first, node, seq, entries };
    this.#frames.push(frame);
    for (const [name, sink] of this.#sinks) {
      const waiting = this.#held.get(name);
      if (waiting === undefined) sink.accept(frame);
      else waiting.push(frame);
    }
    return { epoch, first, repeated: false };
  }

  #store(): SessionStore {
    return {
      create: (id, text, { ttlMs, nonce }) =>
        this.#asked('create', () => {
          const owner = nonce === undefined ? undefined : this.#nonces.get(nonce);
          if (owner !== undefined) return owner;
          if (nonce !== undefined) this.#nonces.set(nonce, id);
          this.#write(id, text, ttlMs);
          return id;
        }),
      load: async (id) => {
        const found = await this.#asked('load', (): StoredSession | undefined => {
          const record = this.records.get(id);
          return record && { text: record.text, revision: String(record.revision) };
        });
        await this.faults.loaded(id);
        return found;
      },
      replace: (id, text, { revision, ttlMs }) =>
        this.#asked('replace', () =>
          String(this.records.get(id)?.revision) === revision ? this.#write(id, text, ttlMs) : undefined,
        ),
      touch: (id, ttlMs) =>
        this.#asked('touch', () => {
          const record = this.records.get(id);
          if (record !== undefined) record.ttlMs = ttlMs;
        }),
      remove: (id) => this.#asked('remove', () => void this.records.delete(id)),
    };
  }

  #write(id: string, text: string, ttlMs: number): string {
    this.#revision += 1;
    this.records.set(id, { text, revision: this.#revision, ttlMs });
    return String(this.#revision);
  }

  async #asked<T>(what: keyof SessionStore, work: () => T): Promise<T> {
    this.#calls.push(what);
    await undefined;
    if (this.faults.store(what)) throw new Error('the engine refuses');
    const result = work();
    if (this.faults.answer(what)) throw new Error('the answer is lost');
    return result;
  }
}
