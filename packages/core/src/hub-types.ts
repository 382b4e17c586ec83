import type { GroupWriter } from './delivery-group.ts';
import type { CometEvent, Gap } from './event.ts';
import type { History, HistoryQuery } from './history.ts';
import type { JsonValue } from './json.ts';
import type { HubLimits } from './options.ts';
import type { Matching } from './pattern.ts';
import type { Session } from './session.ts';
import type { HubStats } from './stats.ts';
import type { Subscription, Which } from './subscription.ts';
import type { CloseReason, Transport } from './transport.ts';

/** Who publishes, and under which key a repeated publish is recognised. */
export interface PublishOptions {
  /** The session that publishes; absent when the server does. */
  readonly from?: Session | undefined;
  /** The publisher's own id of this message: sent again within two minutes, it is accepted once. Needs `from`. */
  readonly messageId?: string | undefined;
  /** What an `EventSource` calls the event: `addEventListener(name, …)` gets it. @defaultValue none: `onmessage` gets it */
  readonly name?: string | undefined;
  /** What the subject may be: a path, or any text as in the original. @defaultValue `prefix` where clients match so, else `path` */
  readonly matching?: Matching | undefined;
}

/** What is known of a client when it joins. */
export interface JoinOptions {
  /** The authenticated user. */
  readonly principal?: string | undefined;
  /** The client's own random word for this join: sent again within a minute, it gives the same session. */
  readonly nonce?: string | undefined;
  /** The first value of `session.context`. */
  readonly context?: unknown;
  /** Text of a cursor from an earlier session: subscriptions made before the first transport count from there. */
  readonly after?: string | undefined;
  /** A lease of its own, which counts from the join on. @defaultValue those of the hub, in milliseconds */
  readonly leaseMs?: number | undefined;
}

/** How a subscription is to be made. */
export interface SubscribeOptions {
  /** The client's own word, given back with the events to this client alone. */
  readonly label?: string | undefined;
  /** @defaultValue `path` */
  readonly matching?: Matching | undefined;
  /** Text of a cursor after which it counts, for a session that resumes there. */
  readonly since?: string | undefined;
  /** Counts from now on even in a session that goes on from a cursor: what came before is asked for by {@link Hub.history}. */
  readonly fromNow?: boolean | undefined;
}

/** The notices of a hub's life, with their arguments. Never on the way of an event: listeners may be slow. */
export interface HubEvents {
  'session-opened': [session: Session];
  'session-closed': [session: Session, reason: CloseReason];
  gap: [session: Session, gap: Pick<Gap, 'from' | 'to' | 'reason'>];
  closed: [];
  /** A transport or a listener threw; the hub went on without it. */
  error: [error: unknown, where: string];
}

/**
 * The façade of the core: publish events, join sessions, attach transports. Everything happens at once, in the call.
 *
 * Methods that take a session ignore one that has ended.
 */
export interface Hub {
  readonly limits: HubLimits;
  readonly closed: boolean;

  /**
   * Publishes to every session with a matching subscription. On a closed hub there are none, and nothing is kept.
   *
   * @throws CometError `invalid-subject`, `invalid-data`, `event-too-large`; `hub-closed` with `from` on a closed hub.
   */
  publish(subject: string, data: JsonValue, options?: PublishOptions): CometEvent;
  /** Publishes to one session, whatever it subscribed to. Shape: undefined when there is no such session. */
  send(sessionId: string, subject: string, data: JsonValue, options?: PublishOptions): CometEvent | undefined;
  /** Publishes to every session of one principal. Errors: as {@link publish}. */
  sendToPrincipal(principal: string, subject: string, data: JsonValue, options?: PublishOptions): CometEvent;
  /** Publishes to every session. Errors: as {@link publish}. */
  broadcast(subject: string, data: JsonValue, options?: PublishOptions): CometEvent;

  /**
   * Opens a session.
   *
   * @throws CometError `too-many-sessions`, `hub-closed`.
   */
  join(options?: JoinOptions): Session;
  /** The live session of an id. */
  session(id: string): Session | undefined;
  /** All live sessions, oldest first. */
  sessions(): Iterable<Session>;
  /**
   * Lets the server publish to subjects that are no paths, such as `alarm` or `/a/`, which only subscriptions by prefix
   * match. A handler of prefix matching calls it, and so does the first subscription by prefix.
   */
  admitPlainSubjects(): void;
  /**
   * Adds a subscription; it counts from the present tail of the log, or from where a resumed session goes on.
   *
   * @throws CometError `invalid-pattern`, `invalid-label`, `invalid-cursor`, `too-many-subscriptions`, `unknown-session`.
   */
  subscribe(session: Session, pattern: string, options?: SubscribeOptions): Subscription;
  /**
   * Ends one subscription, or all when no id is given. Shape: those ended.
   *
   * @throws CometError `unknown-subscription`.
   */
  unsubscribe(session: Session, id?: string): readonly Subscription[];
  /**
   * Takes subscriptions away from a session: the same as {@link unsubscribe}, but what was published before and has not been
   * handed out, or would be handed out again, is withheld and told as a gap `policy`, and the client learns that they ended.
   * Those that the client has ended itself are taken away as well, as far as something is still to come of them.
   *
   * What another subscription of the session matches as well is still delivered, and so is what is addressed to the session.
   * They count as subscriptions for as long as the log holds what they matched.
   *
   * @param which - one by its id, those for which a test of the pattern (`({ pattern }) => …`) or of a subject
   *   (`(subscription) => subscription.matches('/secret')`) holds; all when it is left out.
   * @returns those that stood until now.
   * @throws CometError `unknown-subscription`: an id that is none of the session's standing ones, and none of the last hundred
   *   that ended.
   */
  revoke(session: Session, which?: Which): readonly Subscription[];
  /**
   * Reads past events of a subscription, up to where it began.
   *
   * @throws CometError `invalid-cursor`.
   */
  history(subscription: Subscription, query: HistoryQuery): History;
  /**
   * The same for a session that has not listened yet and has no other subscription: its stream begins with the past, which
   * is then delivered, confirmed and resumed like anything else. Of each subject's newest event the last 1000.
   *
   * @throws CometError `invalid-cursor`.
   */
  replay(session: Session, subscription: Subscription, query: HistoryQuery): void;

  /**
   * Makes a transport the session's only one; the one before is closed as `superseded`. What was taken and not
   * confirmed will be taken again; with `after` (text of a cursor) the stream goes on there, behind a gap if need be.
   * The new transport is not woken for what waits already: it takes that itself.
   *
   * Shape: the generation of the transport. Nothing happens when the session has ended: look at `session.closed`.
   */
  attach(session: Session, transport: Transport, options?: { readonly after?: string | undefined }): number;
  /**
   * Lets a session that has been given everything be served in delivery groups, one for each of its patterns, together with
   * all others that want the pattern and have the same `writer`: its events go to `sink`, and its transport is not woken.
   * It leaves them when events wait for it in several of them at once, when something is sent to it alone, when its
   * sink falls behind, or when its subscriptions or its transport change; then it is served by itself and may join again. What
   * its sink takes at once counts as received, unless the client acknowledges.
   *
   * @returns false when it has to go on by itself for now: something waits for it or too much is not confirmed, it has no
   *   subscription. Try again after the next write.
   */
  joinGroup<S>(session: Session, writer: GroupWriter<S>, sink: S): boolean;
  /**
   * Counts everything up to a cursor as received: what a client sends as an acknowledgement.
   *
   * Shape: false, and nothing changes but a count, for a cursor that this session did not hand out since its last
   * confirmation: a forged, future, late or foreign one.
   */
  acknowledge(session: Session, cursor: string): boolean;
  /** Takes a transport away that has ended; ignored when another has taken its place. */
  detach(session: Session, transport: Transport): void;
  /** Renews the lease: call it for every authenticated request of the session. */
  renewLease(session: Session): void;
  /** Says that bytes went out on the session's transport, so that the next heartbeat is due later. */
  noteWrite(session: Session): void;
  /** Ends a session: its transport is closed with the reason, its subscriptions and queue are let go. */
  leave(session: Session, reason?: CloseReason): void;

  /** Text of the place after the newest event: what a page is rendered with that will go on live. */
  cursor(): string;
  /** Does what is due: heartbeats, leases, old log entries. Call it about every 100 ms. */
  tick(): void;
  /** Says that the process stood still for so long; every deadline moves by it. Units: milliseconds. */
  skipTime(stallMs: number): void;
  /** Ends every session with `shutdown`; later joins are refused, and what the server publishes goes nowhere. */
  close(): void;
  stats(): HubStats;

  on<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void;
  off<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void;
}
