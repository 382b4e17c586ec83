import type { Remedy } from './remedies.ts';

/** How a check went: well, well but worth a word, badly, or it could not be found out. */
export type Verdict = 'ok' | 'note' | 'bad' | 'unknown';

/** What was looked at. */
export type CheckName =
  | 'server'
  | 'tls'
  | 'host'
  | 'cache'
  | 'limits'
  | 'stream'
  | 'event-source'
  | 'compression'
  | 'silence'
  | 'long-poll'
  | 'web-socket'
  | 'repeats';

/** One thing that the doctor found out. */
export interface Finding {
  readonly check: CheckName;
  readonly verdict: Verdict;
  /** A sentence for people, safe for a terminal. */
  readonly text: string;
  /** What mends it, where something does. */
  readonly remedy?: Remedy;
}
