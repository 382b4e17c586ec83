import type { EngineState } from './engine-port.ts';
import type { CometEvent } from './event.ts';
import type { Matching } from './pattern.ts';
import type { Session } from './session.ts';
import type { SessionData } from './session-data.ts';
import type { CloseReason } from './transport.ts';

/** A subscription as a record keeps it. */
export interface SubscriptionParts {
  readonly id: string;
  readonly label: string | undefined;
  /** The pattern as it was given. */
  readonly pattern: string;
  readonly matching: Matching;
  /** The cursor where it begins. */
  readonly from: string;
  /** See {@link SubscribeOptions.conflate}. */
  readonly conflate?: boolean | undefined;
}

/** What makes a session on a node that it was not opened on. */
export interface SessionParts {
  readonly id: string;
  readonly secret: string;
  readonly principal: string | undefined;
  readonly data?: SessionData;
  readonly context?: unknown;
  readonly leaseMs?: number | undefined;
  readonly neighbourhoods?: readonly string[] | undefined;
  /** The number of its newest stream; 0 when it had none. */
  readonly generation: number;
  /** The cursor from which it gets events while its client names none: usually that of its join. */
  readonly start: string;
  /** The cursor of the node that wrote the record: what the log says of the session after it is not in the record yet. */
  readonly asOf: string;
  /** The cursor that the record was written at: whoever was disconnected since has no session any more. @defaultValue `asOf` */
  readonly writtenAt?: string | undefined;
  readonly subscriptions: readonly SubscriptionParts[];
}

/** A change of a session, which every node makes at the same place of the log. */
export type SessionChange =
  | ({ readonly kind: 'subscribe' } & Omit<SubscriptionParts, 'from'> & {
        /** Where it begins, for a client that resumes: elsewhere than at the place of the change. */
        readonly from?: string | undefined;
      })
  /** Without ids: all subscriptions. */
  | { readonly kind: 'unsubscribe' | 'revoke'; readonly ids?: readonly string[] | undefined }
  | { readonly kind: 'leave'; readonly reason: CloseReason }
  /** The hooks are asked again. */
  | { readonly kind: 'reauthorize' }
  /** The admission of its client ends at another time, in Unix milliseconds; undefined: at none. */
  | { readonly kind: 'expire'; readonly at?: number | undefined }
  /** A newer stream: nodes with an older one close it, and let go of the session. */
  | { readonly kind: 'superseded'; readonly generation: number };

/** Where a change has taken effect. */
export interface Changed {
  readonly position: number;
  /** The cursor of the place: a subscription begins there. */
  readonly cursor: string;
}

/** Looks at all that the log gives to this node. */
export interface LogWatcher {
  /** The node has read an event, whoever it is for. */
  seen(event: CometEvent): void;
  /** The engine has lost what stood at some places, or begun another life of the log. */
  lost(): void;
}

/** What a hub with an engine offers beside its own methods. Handlers use it; `hub.session` and `hub.sessions` mean this node. */
export interface HubCluster {
  /** This node. */
  readonly node: string;
  /** Whether this node has its engine: `behind` until the window of the log is there, too. */
  readonly state: EngineState;
  /** True while a change that comes from the log is made here: the hub's events tell of it like of any other. */
  readonly applying: boolean;
  /** Loads the window of the log and then follows it. Publishes wait for that. Calling it again gives the same promise. */
  start(): Promise<void>;
  /** Tells somebody of every event that the node reads from now on. It must be quick, and not throw. */
  watch(watcher: LogWatcher): void;
  /** Waits until everything that was published here is accepted or has failed. */
  settled(): Promise<void>;
  /**
   * Waits until this node has read the log up to a cursor that another node has given.
   *
   * @returns false when it did not come in time, and may still come, or when the engine does not say that a life which this node does
   * not know is over. True for any other cursor, also for one that no log knows.
   */
  reach(cursor: string, waitMs: number): Promise<boolean>;
  /**
   * Waits until this node has read the log up to its present end: who begins before it gets what others have had.
   *
   * @returns false when it does not come in time, or the engine does not answer.
   */
  present(waitMs: number): Promise<boolean>;
  /**
   * Takes in a session that another node has opened, as its record says and the log since. Wait for its cursors before.
   *
   * @returns the session that is here already, if one is.
   * @throws {CometError} `too-many-sessions`, `hub-closed`; `unknown-session` — the log says that it has ended since.
   */
  adopt(parts: SessionParts): Session;
  /** Has the other nodes ask their hooks again, about a session or all sessions of a principal. What goes wrong is reported. */
  reauthorize(who: Session | string): void;
  /** Called when another node has asked for that. Set by the handler. */
  asked: ((who: Session | string) => void) | undefined;
  /** Forgets a session here and closes its transport, without ending it. A lease that runs out in a cluster does the same. */
  park(session: Session): void;
  /**
   * Changes a session on all nodes, wherever it is. Change its record before.
   *
   * @returns once the change has taken effect here, at its place in the log.
   * @throws {CometError} `uncertain`, `too-busy`, `hub-closed`.
   */
  change(session: string, change: SessionChange): Promise<Changed>;
}
