import { createHash } from 'node:crypto';
import type { Appended, Batch } from '@cometkit/core/cluster';
import { entriesToText } from '@cometkit/core/engine-kit';
import type { Commands } from './commands.ts';
import type { Reply } from './connection.ts';
import type { Keys } from './keys.ts';
import { lifeValues, type Place } from './place.ts';
import { append } from './scripts.ts';

const keyMemoryMs = 120_000;

/** A batch with what the engine has to know of its sender. */
interface Given {
  readonly node: string;
  readonly batch: Batch;
  /** What the sender knows of the log. */
  readonly place: Place;
  /** Entries that stay in the log; 0 for as many as its nodes want. */
  readonly keep: number;
}

/**
 * Appends a batch as one frame.
 *
 * @returns undefined when the log has begun another life than the sender knows.
 * @throws {Error} — the engine refuses or does not answer; in one line.
 */
export async function appendOver(
  commands: Commands,
  keys: Keys,
  { node, batch, place, keep }: Given,
): Promise<Appended | undefined> {
  const { seq, key, entries } = batch;
  const memory = key === undefined ? [] : [keys.memory(createHash('sha256').update(key).digest('base64url'))];
  const reply = await commands.run(
    append,
    [keys.meta, keys.log, ...memory],
    [...lifeValues(place), node, seq, entries.length, keep, keyMemoryMs, entriesToText(entries)],
  );
  const [epoch, first, had] = reply as readonly Reply[];
  return had === 2 ? undefined : { epoch: String(epoch), first: Number(first), repeated: had === 1 };
}
