import type { SessionStore } from '@cometkit/core/cluster';
import type { ClusterKeys } from '../cluster/keys.ts';

/** A stream that others look for. */
export interface PlacedStream {
  readonly subject: string;
  readonly id: string;
}

/** Where the streams of a cluster run: a record of the engine for each subject, which names the node. */
export class StreamPlaces {
  readonly #node: string;
  readonly #store: SessionStore;
  readonly #keys: Pick<ClusterKeys, 'streamMarks'>;

  constructor(node: string, store: SessionStore, keys: Pick<ClusterKeys, 'streamMarks'>) {
    this.#node = node;
    this.#store = store;
    this.#keys = keys;
  }

  /**
   * Notes for a time that a stream runs at this node. Where the subject has a later stream that stays, unless this one begins.
   *
   * @throws {Error} — the engine refused or did not answer.
   */
  async note(stream: PlacedStream, ttlMs: number, begins: boolean): Promise<void> {
    const { subject, id } = stream;
    const [mark] = await this.#keys.streamMarks(subject);
    const text = JSON.stringify([this.#node, id]);
    const known = await this.#store.load(mark);
    if (known === undefined) await this.#store.create(mark, text, { ttlMs });
    else if (known.text === text) await this.#store.touch(mark, ttlMs);
    else if (begins) {
      const written = await this.#store.replace(mark, text, { revision: known.revision, ttlMs });
      // Another node was quicker, or the time of the record is over.
      if (written === undefined) await this.note(stream, ttlMs, begins);
    }
  }

  /**
   * Finds the node of a stream.
   *
   * @returns undefined when no other node has one, as far as the engine knows.
   * @throws {Error} — the engine refused or did not answer.
   */
  async nodeOf(subject: string): Promise<string | undefined> {
    for (const mark of await this.#keys.streamMarks(subject)) {
      const node = nodeIn((await this.#store.load(mark))?.text);
      if (node !== undefined) return node === this.#node ? undefined : node;
    }
    return undefined;
  }
}

// Whoever writes to the engine may have written anything.
function nodeIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const [node] = JSON.parse(text) as [unknown];
    return typeof node === 'string' ? node : undefined;
  } catch {
    return undefined;
  }
}
