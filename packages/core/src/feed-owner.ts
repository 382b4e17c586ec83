import type { Gap } from './event.ts';
import type { Reader } from './withhold.ts';

/** What the feed asks of its session. */
export interface FeedOwner {
  /** True while somebody takes what waits. */
  readonly attached: boolean;
  /** True for a client whose silence is to be noticed. */
  readonly acknowledges: boolean;
  /** What is meant for the session. */
  readonly interests: Reader;
  /** Hears of a gap when it is handed out for the first time; may be foreign code. */
  gapped(gap: Gap): void;
  /** Hears that the policy wants the session to end, when the call under way is over. */
  overflowed(): void;
}
