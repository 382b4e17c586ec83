import type { Item } from './event.ts';
import type { GivenBatch } from './given.ts';
import type { Subscription } from './subscription.ts';

/** What a session leaves its cohort with. Shape: oldest first. */
export interface Departure {
  /** What it was given since it came; of a client that does not acknowledge no more than the last item of that. */
  readonly given: readonly GivenBatch[];
  /** What has still to be handed out. */
  readonly waiting: readonly Item[];
}

/** What a cohort asks of a session. */
export interface Member {
  readonly interests: { readonly only: Subscription | undefined };
  /** Its place among the members. */
  slot: number;
  /** How many batches the cohort had delivered when it came. */
  since: number;
  /** Hears that it stands on its own again. */
  departed(departure: Departure): void;
  /** Hears that its sink was given the next `count` items and did not get rid of them at once. */
  lagged(count: number): void;
}
