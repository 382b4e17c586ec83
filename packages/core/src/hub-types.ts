import type { Admissions } from './admissions.ts';
import type { GroupWriter } from './delivery-group.ts';
import type { EngineState } from './engine-port.ts';
import type { CometError } from './errors.ts';
import type { CometEvent, Gap, Publication } from './event.ts';
import type { History, HistoryQuery } from './history.ts';
import type { HubCluster, SessionChange } from './hub-cluster.ts';
import type { HubLimits } from './options.ts';
import type { Matching } from './pattern.ts';
import type { Presence } from './presence.ts';
import type { Session } from './session.ts';
import type { SessionData } from './session-data.ts';
import type { HubStats } from './stats.ts';
import type { DataOf, Publishable, UnknownSubjects } from './subjects.ts';
import type { Subscription, Which } from './subscription.ts';
import type { CloseReason, Transport } from './transport.ts';

/** Who publishes, and how a repeated publish is recognised. */
export interface PublishOptions {
  /** The session that publishes; absent when the server does. */
  readonly from?: Session | undefined;
  /** A session that does not get the event, such as the one that has published it. Its later history has it. */
  readonly except?: Session | undefined;
  /** The publisher's own id of this message: sent again within two minutes, it is accepted once. Needs `from`. */
  readonly messageId?: string | undefined;
  /** What an `EventSource` calls the event: `addEventListener(name, …)` gets it. @defaultValue none: `onmessage` gets it */
  readonly name?: string | undefined;
  /** The trace that clients go on with: a W3C `traceparent` of version 00. Every receiver gets it with the event. @defaultValue none */
  readonly traceparent?: string | undefined;
  /** What the subject may be: a path, or any text as in the original. @defaultValue `prefix` where clients match so, else `path` */
  readonly matching?: Matching | undefined;
}

/** What the server knows about a client when it joins. */
export interface JoinOptions {
  /** The authenticated user. */
  readonly principal?: string | undefined;
  /** A random text from the client: a join repeated with it within a minute returns the same session. */
  readonly nonce?: string | undefined;
  /** The first value of `session.data`: what the application knows of the user. */
  readonly data?: SessionData;
  /** The first value of `session.context`. */
  readonly context?: unknown;
  /** A cursor from an earlier session, as text: subscriptions made before the first transport begin there. */
  readonly after?: string | undefined;
  /** How long the session lives without a request, from the join on, in milliseconds. @defaultValue the leases of the hub */
  readonly leaseMs?: number | undefined;
  /** The id and the secret, in a cluster where the secret derives from the id. @defaultValue random ones */
  readonly identity?: { readonly id: string; readonly secret: string } | undefined;
  /**
   * Where the client is in the network, as texts that handlers make: its address, its /48. When the hub is full, sessions of a
   * neighbourhood that holds more than a quarter of all places give way to others first.
   */
  readonly neighbourhoods?: readonly string[] | undefined;
}

/** Options of a transport. */
export interface AttachOptions {
  /** The cursor that the client names, as text: the stream continues there. */
  readonly after?: string | undefined;
  /** True for a client that may not know its session, such as a bare EventSource: without a channel the embryonic lease counts, until it asks. */
  readonly provisional?: boolean | undefined;
  /** The number of the stream among all of the session, on any node. @defaultValue one more than the last one here */
  readonly generation?: number | undefined;
}

/** Options of a subscription. */
export interface SubscribeOptions {
  /** The client's name for the subscription, returned with its events, to this client only. */
  readonly label?: string | undefined;
  /** @defaultValue `path` */
  readonly matching?: Matching | undefined;
  /** While its client is slow, only the newest event of each subject and `name` waits. A gap `outdated` tells the rest. @defaultValue false */
  readonly conflate?: boolean | undefined;
  /** A cursor as text: the subscription begins after it. For a session that resumes there. */
  readonly since?: string | undefined;
  /** Its id, unlike that of others of the session. @defaultValue a random one */
  readonly id?: string | undefined;
  /** Begins now, even in a session that resumes from a cursor. Earlier events can be read with {@link Hub.history}. */
  readonly fromNow?: boolean | undefined;
}

/** The events that a hub emits, with the arguments of their listeners. Delivering an event emits none: listeners may be slow. */
export interface HubEvents {
  'session-opened': [session: Session];
  'session-closed': [session: Session, reason: CloseReason];
  /** A transport was attached: the client listens, for the first time or again. In a cluster, at this node, as all that is told of sessions. */
  attached: [session: Session];
  /** The transport of a living session has ended, and no other has taken its place. Between two long polls this is so, too. */
  detached: [session: Session];
  subscribed: [session: Session, subscription: Subscription];
  /** A subscription has ended: by its client, revoked, or with its session. */
  unsubscribed: [session: Session, subscription: Subscription];
  /** In a cluster: the session lives on, but no longer on this node. */
  'session-parked': [session: Session];
  /** In a cluster: the log had a change of the session, which this node has made. */
  'session-changed': [session: Session, change: SessionChange];
  /** In a cluster: an event that will never be known to be accepted. */
  'publish-failed': [error: CometError, subject: string];
  /** In a cluster: the node has its engine again, or no longer. */
  engine: [state: EngineState];
  gap: [session: Session, gap: Pick<Gap, 'from' | 'to' | 'reason'>];
  closed: [];
  /** A transport or a listener threw; the hub went on without it. */
  error: [error: unknown, where: string];
}

/**
 * The core: publishes events, joins sessions, attaches transports. Everything happens synchronously, within the call.
 *
 * Methods that take a session ignore one that has ended.
 *
 * @typeParam Subjects - which data goes with which subject, as for a client: `{ '/orders/:id': Order }`. Only the compiler looks at it.
 * @typeParam Published - what publishing gives: an event, or a {@link Publication} where the hub is one of many nodes.
 */
export interface Hub<Subjects = UnknownSubjects, Published extends Publication = CometEvent>
  extends Presence,
    Admissions {
  readonly limits: HubLimits;
  readonly closed: boolean;
  /** What there is beside it where the hub is one of many nodes; undefined where it is alone. */
  readonly cluster: HubCluster | undefined;

  /**
   * Publishes to every session with a matching subscription. A closed hub has none, and keeps nothing.
   *
   * @throws {CometError} `invalid-subject`, `invalid-field` (the name), `invalid-data`, `event-too-large`; `hub-closed` — the hub is closed
   *   and `from` is given.
   */
  publish<const Subject extends string, Data>(
    subject: Subject,
    data: Publishable<Subjects, Subject, Data>,
    options?: PublishOptions,
  ): Published;
  /**
   * Publishes to one session, whatever it has subscribed to.
   *
   * @returns undefined when there is no such session; never in a cluster, where no node knows them all.
   * @throws {CometError} as {@link publish} does.
   */
  send<const Subject extends string, Data>(
    sessionId: string,
    subject: Subject,
    data: Publishable<Subjects, Subject, Data>,
    options?: PublishOptions,
  ): Published | undefined;
  /**
   * Publishes to every session of one principal.
   *
   * @throws {CometError} as {@link publish} does.
   */
  sendToPrincipal<const Subject extends string, Data>(
    principal: string,
    subject: Subject,
    data: Publishable<Subjects, Subject, Data>,
    options?: PublishOptions,
  ): Published;
  /**
   * Publishes to every session.
   *
   * @throws {CometError} as {@link publish} does.
   */
  broadcast<const Subject extends string, Data>(
    subject: Subject,
    data: Publishable<Subjects, Subject, Data>,
    options?: PublishOptions,
  ): Published;

  /**
   * Returns whether a message of a session was accepted less than two minutes ago, also after the session has ended. A client
   * whose request a proxy repeated must not hear that its message was not accepted.
   */
  hasAccepted(from: Session, messageId: string): boolean;

  /**
   * Opens a session.
   *
   * @throws {CometError} `too-many-sessions`, `hub-closed`.
   */
  join(options?: JoinOptions): Session;
  /** Finds the live session with an id. @returns undefined when there is none. */
  session(id: string): Session | undefined;
  /** All live sessions, oldest first. */
  sessions(): Iterable<Session>;
  /**
   * Allows the server to publish to subjects that are not paths, such as `alarm` or `/a/`. Only subscriptions by prefix match
   * them. The first subscription by prefix calls it, and so does a handler that matches by prefix.
   */
  admitPlainSubjects(): void;
  /**
   * Adds a subscription. It begins at the tail of the log, or where a resumed session continues.
   *
   * @throws {CometError} `invalid-pattern`, `invalid-label`, `invalid-cursor`, `too-many-subscriptions`, `unknown-session`.
   */
  subscribe(session: Session, pattern: string, options?: SubscribeOptions): Subscription;
  /**
   * Ends one subscription, or all when no id is given.
   *
   * @returns the ended subscriptions.
   * @throws {CometError} `unknown-subscription`.
   */
  unsubscribe(session: Session, id?: string): readonly Subscription[];
  /**
   * Takes subscriptions away from a session. Unlike {@link unsubscribe} it also withholds earlier events that were not handed
   * out yet, or would be handed out again: the client gets a gap `policy` in their place, and learns that the subscriptions
   * ended. Subscriptions that the client has ended itself are included while events of theirs are still to come.
   *
   * Events that another subscription of the session matches are still delivered, and so are events addressed to the session.
   * Revoked subscriptions count towards the limit as long as the log holds events that they matched.
   *
   * @param which - an id, or a test of the pattern (`({ pattern }) => …`) or of a subject
   *   (`(subscription) => subscription.matches('/secret')`); all when it is left out.
   * @returns those that were active until now.
   * @throws {CometError} `unknown-subscription` — the id is neither that of an active subscription of the session, nor among the
   *   last hundred that ended.
   */
  revoke(session: Session, which?: Which): readonly Subscription[];
  /**
   * Reads past events of a subscription, up to where it began.
   *
   * @throws {CometError} `invalid-cursor`.
   */
  history(subscription: Subscription, query: HistoryQuery): History<DataOf<Subjects, string>>;
  /**
   * Lets the stream of a session begin with past events, which are then delivered, acknowledged and resumed like any others. The
   * session must not have listened yet, and must have no other subscription.
   *
   * @param query - as for {@link history}; `latest` gives at most the 1000 newest events.
   * @throws {CometError} `invalid-cursor`.
   */
  replay(session: Session, subscription: Subscription, query: HistoryQuery): void;

  /**
   * Makes a transport the session's only one, and closes the previous one as `superseded`. Items that were taken but not
   * acknowledged will be taken again. With `after`, a cursor as text, the stream continues there, after a gap if events are missing.
   * The new transport is not woken for items that already wait: it takes them itself.
   *
   * @returns the generation of the transport. When the session has ended nothing happens: check `session.closed`.
   */
  attach(session: Session, transport: Transport, options?: AttachOptions): number;
  /**
   * Serves an up-to-date session in delivery groups, one for each of its patterns, together with all sessions that share the
   * pattern and the `writer`. Its events go to `sink`, and its transport is not woken.
   *
   * It leaves its groups when events wait in several of them at once, when something is sent to it alone, when its sink falls
   * behind, and when its subscriptions or its transport change. Then it is served by itself, and may join again. What its sink
   * accepts at once counts as received, unless the client acknowledges.
   *
   * @returns false when it must be served by itself for now: items wait for it, too many are unacknowledged, or it has no
   *   subscription. Try again after the next write.
   */
  joinGroup<S>(session: Session, writer: GroupWriter<S>, sink: S): boolean;
  /**
   * Counts everything up to a cursor as received. Call it when a client acknowledges.
   *
   * @returns false for a cursor that the session has not handed out since its last acknowledgement (forged, future, late or
   *   foreign). That is counted in {@link HubStats.refusedAcks} and changes nothing else.
   */
  acknowledge(session: Session, cursor: string): boolean;
  /** Detaches a transport that has ended. Does nothing if another one has replaced it. */
  detach(session: Session, transport: Transport): void;
  /** Renews the session's lease. Call it for every authenticated request of the session. */
  renewLease(session: Session): void;
  /** Notes that bytes were written to the session's transport, so that the next heartbeat is due later. */
  noteWrite(session: Session): void;
  /** Ends a session: closes its transport with the reason and drops its subscriptions and queue. */
  leave(session: Session, reason?: CloseReason): void;

  /**
   * Counts bytes that a layer above holds for a session, or gives up when there are less than 0: see {@link HubStats.sessionBytes}.
   * They are forgotten with the session.
   *
   * @returns how many bytes it may hold of one kind now: `sessionBytes`, or its share of `hubSessionBytes` when those are used up.
   */
  hold(session: Session, bytes: number): number;
  /** Counts the sessions that an event of a subject would reach now, at this node; those whose client is away for a while included. */
  listeners(subject: string): number;
  /**
   * Ends all sessions of a principal: in a cluster on every node, also those that only a record knows.
   *
   * @param reason - what their clients are told. With `revoked`, which is the default, a client joins again and asks the join hook.
   * @returns how many there were; in a cluster, on this node.
   */
  disconnect(principal: string, reason?: CloseReason): number;

  /** The cursor after the newest event, as text. Render a page with it, and let its client continue from there. */
  cursor(): string;
  /** Sends due heartbeats, ends expired leases and trims the log. Call it about every 100 ms. */
  tick(): void;
  /** Moves every deadline by the time that the process was stalled, in milliseconds. */
  skipTime(stallMs: number): void;
  /** Ends every session with `shutdown`. Later joins are refused, and later events reach nobody. */
  close(): void;
  stats(): HubStats;
  on<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void;
  off<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void;
}

/** A hub that is alone, or one of many nodes: what it publishes may still be on its way to the log. */
export type ClusterHub<Subjects = UnknownSubjects> = Hub<Subjects, Publication>;
