import { RecentIds, type Subscription } from '@cometkit/core';
import type { Command } from './command.ts';

const keepCount = 512;
// What subscriptions that have ended may take, for nothing else holds them: all of usual length fit in.
const maxEndedBytes = 262_144;
// A session with less room than this may hold only its share, because all sessions together hold what they may.
const plentyBytes = 16_384;
// The list of what was done, for each id.
const listBytes = 8;

/**
 * Remembers the results of commands with a message id. A command that is sent again, because its answer was lost or a
 * proxy repeated the request, gets the same answer and has no further effect.
 *
 * @remarks
 * Keeps the subscriptions that a command made or ended, for the last 512 ids of a session; fewer if those that have ended take more than
 * 256 KiB, or their share where all sessions together hold as much as they may. Of an id it keeps a hash.
 */
export class CompletedCommands {
  readonly #ids = new RecentIds(keepCount);
  // By the slot of the id. Nearly every command does one thing, and a list of one takes 56 bytes.
  readonly #done: (Subscription | readonly Subscription[] | undefined)[] = [];
  #endedBytes = 0;

  /** What it holds, in bytes. */
  get bytes(): number {
    return this.#ids.bytes + listBytes * this.#ids.slots + this.#endedBytes;
  }

  /**
   * Looks up what the same command did before.
   *
   * @returns undefined if the command is new or has no id.
   */
  lookup({ verb, messageId }: Pick<Command, 'verb' | 'messageId'>): readonly Subscription[] | undefined {
    const slot = messageId === undefined ? undefined : this.#ids.find(`${verb} ${messageId}`);
    return slot === undefined ? undefined : this.#at(slot);
  }

  /** @param room - the bytes that the session may hold of one kind. */
  remember({ verb, messageId }: Command, subscriptions: readonly Subscription[], room: number): void {
    if (messageId === undefined) return;
    const slot = this.#ids.add(`${verb} ${messageId}`, room);
    this.#done[slot] = subscriptions.length === 1 ? subscriptions[0] : subscriptions;
    this.#forgetEnded(slot, room < plentyBytes ? room : maxEndedBytes);
  }

  #at(slot: number): readonly Subscription[] | undefined {
    const done = this.#done[slot];
    return done === undefined || 'length' in done ? done : [done];
  }

  #forgetEnded(newest: number, most: number): void {
    const { slots } = this.#ids;
    this.#endedBytes = 0;
    for (let back = 0; back < slots; back += 1) {
      const slot = (newest - back + slots) % slots;
      const bytes = this.#at(slot)?.reduce((sum, one) => sum + endedBytes(one), 0) ?? 0;
      // What was just done is kept in any case.
      if (back > 0 && this.#endedBytes + bytes > most) this.#done[slot] = undefined;
      else this.#endedBytes += bytes;
    }
  }
}

function endedBytes({ until, bytes }: Subscription): number {
  return until === Number.POSITIVE_INFINITY ? 0 : bytes;
}
