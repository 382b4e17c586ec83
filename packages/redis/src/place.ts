import { randomBytes, randomInt } from 'node:crypto';
import type { Connection, Reply } from './connection.ts';
import type { Keys } from './keys.ts';
import { look } from './scripts.ts';

/** How far a reader has come. */
export interface Place {
  /** '' before the first look. */
  readonly epoch: string;
  readonly at: number;
  /** Tag of what stands there; undefined where that cannot be read. */
  readonly tag: number | undefined;
}

/** What a look at the log finds. */
export interface Found {
  readonly epoch: string;
  readonly last: number;
  readonly tag: number;
  /** Where the epoch began, and the tag of that place. */
  readonly base: number;
  readonly baseTag: number;
  /** Whether anything stands behind the reader's place. */
  readonly more: boolean;
  /** Why Redis takes no writes; '' when it does. */
  readonly refusal: string;
}

const tags = 2 ** 32;
const letters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Random characters of `[0-9a-z]`. */
export function randomWord(length: number): string {
  // Bytes from 252 on would make the first letters likelier than the others.
  const bytes = [...randomBytes(length * 2)].filter((byte) => byte < 252).slice(0, length);
  return bytes.length < length
    ? randomWord(length)
    : bytes.map((byte) => letters[byte % letters.length]).join('');
}

/** What every script that may begin a new life is given first. */
export function lifeValues({ epoch, at, tag }: Place): (string | number)[] {
  return [randomWord(7), randomInt(tags), epoch, at, tag ?? ''];
}

/** What a look asks beside. */
export interface LookOptions {
  /** Lease to be written, and the entries that its node wants to be kept. */
  readonly lease?: { readonly key: string; readonly ms: number; readonly keep: number };
  /** The reader has seen that the engine's history is another one. */
  readonly strange?: boolean;
}

/** Looks at the log from a place, over whichever connection. */
export async function lookAt(
  run: (keys: readonly string[], values: readonly (string | number)[]) => Promise<Reply>,
  place: Place,
  { keys, lease, strange = false }: LookOptions & { readonly keys: Keys },
): Promise<Found> {
  const values = [...lifeValues(place), lease?.ms ?? 0, strange ? 1 : 0, lease?.keep ?? 0];
  const reply = await run([keys.meta, keys.log, lease?.key ?? keys.meta], values);
  const [epoch, last, tag, base, baseTag, more, refusal] = reply as readonly Reply[];
  return {
    epoch: String(epoch),
    last: Number(last),
    tag: Number(tag),
    base: Number(base),
    baseTag: Number(baseTag),
    more: more !== 0,
    refusal: String(refusal),
  };
}

/** The same over one connection. */
export function lookOver(connection: Connection, deadlineMs: number) {
  return (keys: readonly string[], values: readonly (string | number)[]): Promise<Reply> =>
    connection.run(look, { keys, values }, deadlineMs);
}
