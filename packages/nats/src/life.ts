import { randomBytes } from 'node:crypto';
import { birthPosition } from '@cometkit/core/engine-kit';
import type { Bucket } from './buckets.ts';
import { isOutrun } from './faults.ts';
import { stride } from './frame.ts';

/** One life of the log: until an accident makes its sequences begin anew, or some of them mean something else. */
export interface Life {
  readonly epoch: string;
  /** The position of an entry is `offset` + sequence × 1024 + index. */
  readonly offset: number;
  /** Its first sequence. What the stream holds below belongs to the life before. */
  readonly from: number;
}

/** The lives that one stream has had, the present one last. The same on all nodes. */
export interface Lineage {
  /** When the stream was made, as the server says it. */
  readonly created: string;
  readonly lives: readonly [Life, ...Life[]];
}

const key = 'life';
const maxLives = 16;

/** The present life. */
export function presentOf({ lives }: Lineage): Life {
  return lives.at(-1) ?? lives[0];
}

/** Its epoch, where anything is known. */
export function presentEpoch(lineage: Lineage | undefined): string | undefined {
  return lineage && presentOf(lineage).epoch;
}

/** The life that a sequence belongs to. */
export function lifeAt({ lives }: Lineage, sequence: number): Life {
  return lives.findLast(({ from }) => from <= sequence) ?? lives[0];
}

/** The life that a message names; undefined where another one had begun, so that nobody reads it there. */
export function namedBy(lineage: Lineage, epoch: string, sequence: number): Life | undefined {
  const life = lineage.lives.find((one) => one.epoch === epoch);
  const next = life && lifeAfter(lineage, life);
  return next === undefined || next.from > sequence ? life : undefined;
}

/** The life that follows one of them; undefined after the present one, and after one that is not known. */
export function lifeAfter({ lives }: Lineage, { epoch }: Life): Life | undefined {
  const at = lives.findIndex((life) => life.epoch === epoch);
  return at < 0 ? undefined : lives[at + 1];
}

/** Where all nodes agree on the lives of their log. */
export class Lives {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** @returns undefined when there is nothing yet, or nothing that makes sense. */
  async load(): Promise<Lineage | undefined> {
    return (await this.#entry()).lineage;
  }

  /**
   * Begins another life, unless another node has been quicker.
   *
   * @param known - what this node takes for true; undefined when it knows nothing.
   * @returns what is true for all nodes from now on.
   */
  async succeed(
    known: Lineage | undefined,
    created: string,
    { offset, from }: Omit<Life, 'epoch'>,
  ): Promise<Lineage> {
    for (;;) {
      const { lineage, revision } = await this.#entry();
      const present = lineage && presentOf(lineage);
      const ended = known && presentOf(known).epoch;
      if (lineage?.created === created && present?.epoch !== ended) return lineage;
      const above = present ? present.offset + stride : 0;
      const life = { epoch: newEpoch(), offset: Math.max(offset, above, bornWith(created)), from };
      const before = lineage?.created === created ? lineage.lives.filter((old) => old.from < from) : [];
      const next: Lineage = { created, lives: withLast(before.slice(1 - maxLives), life) };
      if (await this.#put(next, revision)) return next;
    }
  }

  /** Puts back what the bucket has lost. */
  async restore(lineage: Lineage): Promise<void> {
    const { revision, lineage: found } = await this.#entry();
    if (found === undefined) await this.#put(lineage, revision);
  }

  async #entry(): Promise<{ readonly lineage: Lineage | undefined; readonly revision: number }> {
    const entry = await this.#bucket.use((bucket) => bucket.get(key));
    if (entry === null) return { lineage: undefined, revision: 0 };
    return { lineage: lineageFrom(entry.string()), revision: entry.revision };
  }

  async #put(lineage: Lineage, revision: number): Promise<boolean> {
    try {
      await this.#bucket.use((bucket) => bucket.put(key, JSON.stringify(lineage), { previousSeq: revision }));
      return true;
    } catch (error) {
      if (isOutrun(error)) return false;
      throw error;
    }
  }
}

function withLast(before: readonly Life[], last: Life): readonly [Life, ...Life[]] {
  const [first, ...rest] = before;
  return first === undefined ? [last] : [first, ...rest, last];
}

function lineageFrom(text: string): Lineage | undefined {
  try {
    const { created, lives } = JSON.parse(text) as Partial<Lineage>;
    const [first, ...rest] = Array.isArray(lives) && lives.every(isLife) ? lives : [];
    if (typeof created === 'string' && first !== undefined) return { created, lives: [first, ...rest] };
  } catch {
    // not JSON: as good as nothing
  }
  return undefined;
}

function isLife(value: unknown): value is Life {
  const { epoch, offset, from } = (value ?? {}) as Partial<Life>;
  const counts = [offset, from].every((count) => Number.isSafeInteger(count) && (count ?? -1) >= 0);
  return counts && typeof epoch === 'string' && /^[0-9a-z]{1,13}$/.test(epoch);
}

/** Above all positions of earlier streams, whose end may be known to nobody. */
function bornWith(created: string): number {
  return Math.ceil(birthPosition(Date.parse(created)) / stride) * stride;
}

/** 10 characters: 50 bits of chance. */
function newEpoch(): string {
  return [...randomBytes(10)].map((byte) => (byte % 36).toString(36)).join('');
}
