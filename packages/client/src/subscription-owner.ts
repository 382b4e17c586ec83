import type { Gap } from '@cometkit/core';

/** What lets the server wait for a reader that is behind. */
export interface Brake {
  /** How many items may still come then. */
  readonly more: number;
  /**
   * Holds the server back.
   *
   * @param taken - the cursor up to which the reader has taken everything; undefined before the first item.
   */
  hold(taken: string | undefined): void;
  release(): void;
}

/** What a subscription asks of its client. */
export interface SubscriptionOwner {
  readonly queueLimit: number;
  /** Undefined where the source cannot wait. */
  readonly brake?: Brake;
  ended(): void;
  /** Takes note that something which had waited was read. */
  read?(): void;
  /** Takes a gap that stands for what there was no room for: once, when it grows no more. */
  lost(gap: Gap): void;
  /** Runs a callback of the application and reports what it throws. */
  guard(run: () => void): void;
}
