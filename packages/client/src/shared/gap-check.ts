import type { Gap } from '@cometkit/core';
import type { ClientItem } from '../items.ts';
import { type Cursor, parseCursor } from '../machine/cursor.ts';
import { isAfter } from '../machine/tasks.ts';
import type { Chained } from './messages.ts';

// An answer that was lost on the way is asked for again (milliseconds).
const askAgainMs = 5000;

/** A tab's cursor in the shared stream. Every item names the one before it, so that a missing one is noticed. */
export class GapCheck {
  at: Cursor | undefined;
  // When it asked for what is missing; 0 when it did not.
  #askedAt = 0;

  constructor(at: Cursor | undefined) {
    this.at = at;
  }

  /** Begins to listen to another leader. */
  restart(): void {
    this.#askedAt = 0;
  }

  /** Takes the place reached by the connection for its own, where it has none yet. */
  adopt(cursor: string | undefined): void {
    this.at ??= parseCursor(cursor);
  }

  /**
   * Goes on from another place.
   *
   * @returns the gap that it leaves behind; undefined when nothing is missing.
   */
  jump(to: Cursor | undefined): Gap | undefined {
    const { at } = this;
    this.at = to;
    if (at === undefined || to === undefined || !isAfter(to, at)) return undefined;
    const reason = at.epoch === to.epoch ? 'expired' : 'epoch';
    const [from, until] = [at.position + 1, to.position];
    return { kind: 'gap', from, to: until, cursor: to.text, reason, count: undefined };
  }

  /**
   * Hands over what is new.
   *
   * @param again - true if these items are the answer to a request for missing ones.
   * @returns true if items before these are missing and must be requested.
   */
  take(items: readonly Chained[], again: boolean, hand: (item: ClientItem, place: Cursor) => void): boolean {
    if (again) this.#askedAt = 0;
    for (const { prev, item } of items) {
      const [place, before] = [parseCursor(item.cursor), parseCursor(prev)];
      if (!place || !isAfter(place, this.at)) continue;
      if (before && this.at && isAfter(before, this.at)) return this.#missed();
      this.at = place;
      hand(item, place);
    }
    return false;
  }

  #missed(): boolean {
    const now = Date.now();
    const due = Math.abs(now - this.#askedAt) >= askAgainMs;
    if (due) this.#askedAt = now;
    return due;
  }
}
