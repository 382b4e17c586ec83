// What a hub asks of an engine to be one of many nodes. Engine packages implement it; the testkit has a model with faults.
import type { EventDraft } from './event.ts';

/** An engine that the nodes of one hub share: their log, their sessions' records, and letters from node to node. */
export interface Cluster {
  /** This node: 8 to 26 characters of `[0-9a-z]`, random and new at every start. */
  readonly node: string;
  /** 32 bytes or more, the same on all nodes: keys of sessions derive from it. The second one, if any, is on its way out. */
  readonly secrets: readonly [string, ...string[]];
  readonly log: LogSource;
  readonly sessions: SessionStore;
  readonly inbox: Inbox;
  /** Ends the connections to the engine. Nothing is appended any more. */
  stop(): Promise<void>;
}

/** The writing end of the shared log, and the pump that feeds its reading end. */
export interface LogSource {
  /** Gives the window of the log to the sink, then whatever comes. Resolves once the sink has the window. */
  start(sink: LogSink): Promise<void>;
  /**
   * Appends a batch as one frame. Called again only after the last call has settled.
   *
   * @returns once the engine has accepted it; sending a batch again, after a cut, does not append it twice.
   * @throws {Error} — the engine refused or did not answer. It may have the batch nevertheless.
   */
  append(batch: Batch): Promise<Appended>;
  /**
   * Asks the engine where the log ends, whatever was read before.
   *
   * @throws {Error} — the engine refused or did not answer.
   */
  end(): Promise<LogEnd>;
}

/** Where the log ends, as the engine says. */
export interface LogEnd {
  /** Of the present life; empty when there is none yet. */
  readonly epoch: string;
  /** Who has read up to here has read all that was there; 0 when nothing is known. */
  readonly position: number;
}

/** Entries that are accepted together. */
export interface Batch {
  /** Counts the batches of this node from 1. One that is sent again keeps its number, also in another epoch. */
  readonly seq: number;
  /** With a key, which comes with a single entry: the engine knows it for two minutes, whichever node brings it again. */
  readonly key?: string | undefined;
  /** 1 to 256 entries, 256 KiB of text unless there is but one. */
  readonly entries: readonly FrameEntry[];
}

/** Where the first entry of a batch stands: of the earlier copy when the engine had it already. */
export interface Appended {
  readonly epoch: string;
  readonly first: number;
  readonly repeated: boolean;
}

/** What takes one position of the log: an event, or a change of a session that all nodes make at this place. */
export type FrameEntry =
  | { readonly kind: 'data'; readonly draft: Omit<EventDraft, 'time'> }
  | { readonly kind: 'control'; readonly session: string; readonly change: unknown };

/** A batch as the log gives it back to every node. Its entries stand at `first`, `first` + 1 and so on. */
export interface Frame {
  readonly epoch: string;
  readonly first: number;
  /** 32-bit unsigned integer, unlike that of other frames: tags of its positions derive from it. */
  readonly tag: number;
  /** When the engine took it, by the clock of the engine, in Unix milliseconds. */
  readonly time: number;
  readonly node: string;
  readonly seq: number;
  readonly entries: readonly FrameEntry[];
}

/** Whether a node has its engine: `behind` after some seconds without it, `cut` after more. */
export type EngineState = 'live' | 'behind' | 'cut';

/** The reading end of a log on one node. The source calls it in the order of the log. */
export interface LogSink {
  /** The frame after the last one: exactly once, in order. */
  accept(frame: Frame): void;
  /** The positions `from` to `to`, both included, are gone or cannot be read. */
  hole(from: number, to: number): void;
  /** The log has begun another life after a position. Whatever of the last one has not come is gone. */
  renew(epoch: string, base: number, tag: number): void;
  state(state: EngineState): void;
}

/**
 * Records by session: texts with a revision, which the engine drops after a time.
 *
 * @remarks Every method rejects when the engine refuses or does not answer in time; the change may have been made nevertheless.
 */
export interface SessionStore {
  /**
   * Keeps a new record. With a nonce, for 60 s only the first who comes with it does.
   *
   * @returns the id of the session that the nonce belongs to: `id`, or an earlier one.
   */
  create(
    id: string,
    text: string,
    options: { readonly ttlMs: number; readonly nonce?: string },
  ): Promise<string>;
  load(id: string): Promise<StoredSession | undefined>;
  /**
   * Replaces a record that still has the revision.
   *
   * @returns the new revision; undefined, and nothing changes, when another node was quicker or the record is gone.
   */
  replace(
    id: string,
    text: string,
    given: { readonly revision: string; readonly ttlMs: number },
  ): Promise<string | undefined>;
  /** Lets a record live for so long from now on. */
  touch(id: string, ttlMs: number): Promise<void>;
  remove(id: string): Promise<void>;
}

/** A record as it is now. */
export interface StoredSession {
  readonly text: string;
  readonly revision: string;
}

/** Letters from node to node: small, quick, and lost when the receiver is not there. */
export interface Inbox {
  /** Called once, before the first letter can come. */
  receive(listener: (text: string) => void): void;
  send(node: string, text: string): void;
}
