import { CometError, type Hub, type Session } from '@cometkit/core';
import type { Cluster, HubCluster } from '@cometkit/core/cluster';
import type { HandlerRuntime } from '../runtime.ts';
import { ClusterKeys } from './keys.ts';
import type { SessionRecord } from './record.ts';
import { type Kept, type RecordChange, RecordStore } from './record-store.ts';

/** What a node needs to hold sessions of a cluster. */
export interface ClusterParts {
  readonly hub: Hub;
  readonly cluster: HubCluster;
  readonly engine: Cluster;
  readonly runtime: HandlerRuntime;
  report(error: unknown, where: string): void;
}

/** What a node keeps for a session beside what the hub does. */
interface Held {
  /** The record as it was read or written last; undefined when it may have changed since. */
  kept: Kept | undefined;
  /** When its record is touched next, in monotonic milliseconds. */
  touchAt: number;
}

const dayMs = 86_400_000;
const leases = 5;

/** The sessions of a cluster that this node holds, each with its record. */
export class HeldSessions implements ClusterParts {
  readonly hub: Hub;
  readonly cluster: HubCluster;
  readonly engine: Cluster;
  readonly runtime: HandlerRuntime;
  readonly keys: ClusterKeys;
  readonly records: RecordStore;
  readonly report: ClusterParts['report'];
  readonly #held = new WeakMap<Session, Held>();

  constructor({ hub, cluster, engine, runtime, report }: ClusterParts) {
    this.hub = hub;
    this.cluster = cluster;
    this.engine = engine;
    this.runtime = runtime;
    this.report = report;
    this.keys = new ClusterKeys(engine.secrets);
    const broken = (): void => report(new Error('a record in the engine cannot be read'), 'the engine');
    this.records = new RecordStore(engine.sessions, (record) => this.#lifeMs(record), broken);
  }

  /** Starts to hold a session. */
  hold(session: Session, kept: Kept | undefined): void {
    this.#held.set(session, { kept, touchAt: this.#nextTouch(kept?.record) });
  }

  /** Returns whether a session is one of the cluster: not one that the application has made for this node alone. */
  holds(session: Session): boolean {
    return this.#held.has(session);
  }

  /** The record as this node knows it. @returns undefined when another node may have changed it. */
  known(session: Session): SessionRecord | undefined {
    return this.#held.get(session)?.kept?.record;
  }

  /** Forgets what the record said, because it has changed. */
  stale(session: Session): void {
    const held = this.#held.get(session);
    if (held !== undefined) held.kept = undefined;
  }

  /** Reads the record anew. @throws {CometError} `unknown-session` — there is none any more. */
  async fresh(session: Session): Promise<SessionRecord> {
    const kept = await this.records.load(session.id);
    if (kept === undefined) throw new CometError('unknown-session', 'invalid or expired id', {});
    this.#keep(session, kept);
    return kept.record;
  }

  /** The record: as this node knows it, or read anew. */
  async recordOf(session: Session): Promise<SessionRecord> {
    return this.known(session) ?? (await this.fresh(session));
  }

  /** Changes the record of a session; this node's place is written along. */
  async update(session: Session, change: RecordChange): Promise<SessionRecord> {
    const before = this.#held.get(session)?.kept;
    const kept = await this.records.update(session.id, before, this.stamped(change));
    this.#keep(session, kept);
    return kept.record;
  }

  /** Makes a change note how far this node has read the log. */
  stamped(change: RecordChange): RecordChange {
    return (record) => {
      const next = change(record);
      return next === record ? record : { ...next, asOf: this.hub.cursor() };
    };
  }

  /** Lets the record of a session that was heard of live on: one call in half of its life. */
  touch(session: Session): void {
    const held = this.#held.get(session);
    if (held === undefined || held.kept === undefined || this.runtime.now() < held.touchAt) return;
    held.touchAt = this.#nextTouch(held.kept.record);
    this.inBackground(this.records.touch(held.kept.record), 'the life of a session in the engine');
  }

  /** Lets something go on that nobody waits for. */
  inBackground(work: Promise<unknown>, where: string): void {
    void work.catch((error) => {
      // A session that has ended meanwhile needs nothing.
      if (!(error instanceof CometError && ['unknown-session', 'hub-closed'].includes(error.code)))
        this.report(error, where);
    });
  }

  #keep(session: Session, kept: Kept): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    held.kept = kept;
    held.touchAt = this.#nextTouch(kept.record);
  }

  #nextTouch(record: SessionRecord | undefined): number {
    return this.runtime.now() + (record === undefined ? 0 : this.#lifeMs(record) / 2);
  }

  // An open stream sends nothing to the engine for hours.
  #lifeMs({ owner, leaseMs = this.hub.limits.leaseMs }: SessionRecord): number {
    return owner === undefined ? leases * leaseMs : Math.max(dayMs, leases * leaseMs);
  }
}
