import type { PushletEvent } from './pushlet-event.ts';

/**
 * The states of the classic client, with the original's numbers where it has them.
 *
 * | State | Number | Entered by | Left by |
 * |---|---|---|---|
 * | `NULL` | 1 | `createClassicClient`, while the page is still loading | the end of loading → `READY` |
 * | `READY` | 2 | the end of loading; `leave-ack` | `join-ack` → `JOINED` |
 * | `JOINED` | 3 | `join-ack`, also of a session that follows a lost one | `listen-ack` → `LISTENING`; `abort` → `ABORT` |
 * | `LISTENING` | 4 | `listen-ack`, after `listen` or `joinListen` was called | `leave-ack` → `READY`; `abort` → `ABORT` |
 * | `ABORT` | -1 | `abort`: the server ended the session | the client joins anew by itself → `JOINED` |
 * | `ERROR` | -2 | the server refused the join; other calls are dropped | `join`, when it succeeds now → `JOINED` |
 *
 * A connection that is cut and made again changes no state. The original gives `LISTENING` the number of `JOINED`, never
 * enters `ABORT`, and is dead after any failure.
 */
export const classicStates = {
  ERROR: -2,
  ABORT: -1,
  NULL: 1,
  READY: 2,
  JOINED: 3,
  LISTENING: 4,
} as const;

/** A number of {@link classicStates}. */
export type ClassicState = (typeof classicStates)[keyof typeof classicStates];

/** Callbacks of the classic client. Events without a callback of their own go to `onEvent`. */
export interface ClassicCallbacks {
  onData?: (event: PushletEvent) => void;
  onJoinAck?: (event: PushletEvent) => void;
  onJoinListenAck?: (event: PushletEvent) => void;
  onListenAck?: (event: PushletEvent) => void;
  onHeartbeat?: (event: PushletEvent) => void;
  onHeartbeatAck?: (event: PushletEvent) => void;
  onLeaveAck?: (event: PushletEvent) => void;
  onRefreshAck?: (event: PushletEvent) => void;
  onSubscribeAck?: (event: PushletEvent) => void;
  onUnsubscribeAck?: (event: PushletEvent) => void;
  onAbort?: (event: PushletEvent) => void;
  onNack?: (event: PushletEvent) => void;
  /** Also for a gap: `p_event=gap`, with `p_from`, `p_to` and `p_reason`. */
  onError?: (event: PushletEvent) => void;
  onEvent?: (event: PushletEvent) => void;
}

/**
 * The client of the Pushlet framework, as its applications know it.
 *
 * Calls never throw and answer nothing: acknowledgements come by the callbacks. What needs a session waits for it.
 */
export interface ClassicClient {
  readonly state: ClassicState;
  /** The session's public id; null while there is none. */
  readonly sessionId: string | null;
  join(): void;
  /** Receives from now on; with a subject it also subscribes. */
  listen(subject?: string, mode?: 'stream' | 'pull' | 'poll'): void;
  /** Joins, subscribes and listens. */
  joinListen(subject?: string, mode?: 'stream' | 'pull' | 'poll'): void;
  subscribe(subject: string, label?: string): void;
  /** Ends the subscription of an id, or all of them. */
  unsubscribe(sid?: string): void;
  /**
   * Publishes fields to a subject.
   *
   * @param subject - the subject.
   * @param fields - a record, or text as in the original: `name=value&…`.
   */
  publish(subject: string, fields: Readonly<Record<string, string>> | string): void;
  heartbeat(): void;
  leave(): void;
}
