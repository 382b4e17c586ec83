import type { Cluster } from '@cometkit/core/cluster';

/** What can happen to an engine, each by its name. An engine that cannot have one leaves it out. */
export type Accident =
  | 'is killed and comes back with all it had'
  | 'is killed and comes back with nothing'
  | 'is emptied'
  | 'loses the log'
  | 'loses what it knows of the log'
  | 'loses its oldest entries'
  | 'loses its newest entry'
  | 'loses all entries, and keeps the log'
  | 'is set back to an earlier state'
  | 'is replaced by a replica that is behind'
  | 'loses the server that leads it'
  | 'answers nothing for a while'
  | 'closes every connection'
  | 'takes a batch and is cut off before it answers'
  | 'is given an entry that nobody can read';

/** An engine as a test has it. */
export interface EngineUnderTest {
  /** A new node. It looks at the log some times a second, and keeps a thousand events or more. */
  open(): Cluster;
  /** Remembers the present state for `is set back` and `is replaced`. */
  remember?(): Promise<void>;
  readonly accidents: Partial<Record<Accident, () => Promise<void>>>;
  /** Stops it. */
  close(): Promise<void>;
}
