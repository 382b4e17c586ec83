import { type CloseReason, CometError, type Session, type Subscription } from '@cometkit/core';
import type { SessionChange, SubscriptionParts } from '@cometkit/core/cluster';
import { endOf } from '../expiry.ts';
import type { HeldSessions } from './held-sessions.ts';
import { isHeldElsewhere, type SessionRecord } from './record.ts';
import type { Kept } from './record-store.ts';

type End = 'unsubscribe' | 'revoke';

/** What is to be written of one session, by the ids of its subscriptions: those that were made, and how others ended. */
type Unwritten = ReadonlyMap<string, SubscriptionParts | End>;

const againMs = 1000;

/**
 * Writes what the application changes in a session without the handler, as with `hub.revoke`: into its record, and to all nodes that
 * may hold it. While the engine is away it tries again.
 */
export class ApplicationChanges {
  readonly #held: HeldSessions;
  readonly #unwritten = new WeakMap<Session, Unwritten>();
  readonly #writing = new WeakSet<Session>();
  // Ids of the subscriptions that commands change: those write the record by themselves.
  readonly #own = new Set<string>();
  /** How many of those are under way. */
  readonly #commands = new WeakMap<Session, number>();
  #quiet = false;

  constructor(held: HeldSessions) {
    this.#held = held;
    const { hub } = held;
    hub.on('subscribed', (session, made) => this.#note(session, made.id, partsOf(made)));
    hub.on('unsubscribed', (session, { id }) => {
      const taken = session.takenAway.some((one) => one.id === id);
      this.#note(session, id, taken ? 'revoke' : 'unsubscribe');
    });
    // A change that comes from the log is in the record already: this node has to read that anew, unless it wrote it. And who is still
    // here after `superseded` has the newest stream.
    hub.on('session-changed', (session, change) => {
      const ids = idsOf(change);
      if (change.kind !== 'superseded' && !ids?.every((id) => this.#own.has(id))) held.stale(session);
    });
    hub.on('session-closed', (session, reason) => {
      if (reason === 'shutdown' || this.#isTold(session)) return;
      held.inBackground(this.#persist(this.#end(session, reason)), 'the end of a session');
    });
  }

  /** Runs a command that changes subscriptions, and writes that by itself. */
  async during<T>(session: Session, ids: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#own.add(id);
    this.#commands.set(session, (this.#commands.get(session) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const id of ids) this.#own.delete(id);
      this.#commands.set(session, (this.#commands.get(session) ?? 0) - 1);
    }
  }

  /** Writes when the admission of a session ends: into its record, and to all nodes that may hold it. */
  writeEnd(session: Session): void {
    const { cluster } = this.#held;
    const attempt = async (): Promise<void> => {
      const at = endOf(session);
      const record = await this.#held.update(session, (now) => ({ ...now, expires: at })).catch(noneLeft);
      if (record === undefined || isHeldElsewhere(record, cluster.node))
        await cluster.change(session.id, { kind: 'expire', at });
    };
    if (this.#held.holds(session)) this.#held.inBackground(this.#persist(attempt), 'an admission');
  }

  /** True while what stands here and what stands in the record may differ, because one of them is being written. */
  isChanging(session: Session): boolean {
    const commands = this.#commands.get(session) ?? 0;
    return commands > 0 || this.#writing.has(session) || this.#unwritten.has(session);
  }

  /** Does to a session what its command has written already. */
  quietly<T>(work: () => T): T {
    this.#quiet = true;
    try {
      return work();
    } finally {
      this.#quiet = false;
    }
  }

  // What comes from the log, or from a command, is written by who brought it there.
  #isTold(session: Session): boolean {
    return this.#quiet || this.#held.cluster.applying || !this.#held.holds(session);
  }

  #note(session: Session, id: string, change: SubscriptionParts | End): void {
    if (session.closed || this.#isTold(session)) return;
    this.#unwritten.set(session, new Map([...(this.#unwritten.get(session) ?? []), [id, change]]));
    // Together with whatever else changes in this turn.
    queueMicrotask(() => this.#flush(session));
  }

  // Changes of one session are written one after the other: a later one may undo an earlier one.
  #flush(session: Session): void {
    if (this.#writing.has(session)) return;
    this.#writing.add(session);
    const written = this.#writeAll(session).finally(() => this.#writing.delete(session));
    this.#held.inBackground(written, 'a change of a session');
  }

  async #writeAll(session: Session): Promise<void> {
    let left: Unwritten = new Map();
    const attempt = async (): Promise<void> => {
      left = new Map([...left, ...this.#take(session)]);
      await this.#write(session, left);
    };
    while (this.#unwritten.has(session)) {
      await this.#persist(attempt);
      left = new Map();
    }
  }

  #take(session: Session): Unwritten {
    const unwritten = this.#unwritten.get(session) ?? new Map<string, SubscriptionParts>();
    this.#unwritten.delete(session);
    return unwritten;
  }

  async #write(session: Session, unwritten: Unwritten): Promise<void> {
    const { hub, cluster } = this.#held;
    const record = await this.#held.update(session, (now) => changed(now, unwritten)).catch(noneLeft);
    // Of an engine that has lost the record any node may hold the session still. One that was parked here meanwhile comes back without
    // the change.
    const stale = record === undefined || hub.session(session.id) !== session;
    if (stale || isHeldElsewhere(record, cluster.node))
      await Promise.all(changesOf(unwritten).map((change) => cluster.change(session.id, change)));
  }

  // What is tried again knows still who has to hear of it, although there may be no record any more.
  #end({ id }: Session, reason: CloseReason): () => Promise<void> {
    const { records, cluster } = this.#held;
    const told = reason === 'revoked' || reason === 'overflow' ? reason : 'left';
    let kept: Kept | undefined;
    return async () => {
      kept ??= await records.load(id);
      if (kept !== undefined) await records.remove(id);
      if (kept === undefined || isHeldElsewhere(kept.record, cluster.node))
        await cluster.change(id, { kind: 'leave', reason: told });
    };
  }

  async #persist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || this.#held.hub.closed) throw error;
      }
      await new Promise<void>((resolve) => void this.#held.runtime.later(resolve, againMs));
    }
  }
}

function noneLeft(error: unknown): undefined {
  if (!(error instanceof CometError && error.code === 'unknown-session')) throw error;
}

// What may be better in a moment: the engine was away, or others changed the record all the time.
function isPassing(error: unknown): boolean {
  return error instanceof CometError && ['too-busy', 'uncertain'].includes(error.code);
}

function partsOf({ id, label, pattern, matching, cursor, conflates }: Subscription): SubscriptionParts {
  return { id, label, pattern, matching, from: cursor, conflate: conflates };
}

// Undefined for all.
function idsOf(change: SessionChange): readonly string[] | undefined {
  if (change.kind === 'subscribe') return [change.id];
  return change.kind === 'unsubscribe' || change.kind === 'revoke' ? change.ids : [];
}

function changed(record: SessionRecord, unwritten: Unwritten): SessionRecord {
  const kept = record.subscriptions.filter(({ id }) => !unwritten.has(id));
  const made = [...unwritten.values()].filter((change) => typeof change !== 'string');
  const taken = endedBy('revoke', unwritten);
  return { ...record, subscriptions: [...kept, ...made], revoked: [...record.revoked, ...taken] };
}

function changesOf(unwritten: Unwritten): SessionChange[] {
  const changes: SessionChange[] = [];
  for (const change of unwritten.values()) {
    if (typeof change === 'string') continue;
    const { from: _, ...parts } = change;
    changes.push({ kind: 'subscribe', ...parts });
  }
  for (const kind of ['revoke', 'unsubscribe'] as const) {
    const ids = endedBy(kind, unwritten);
    if (ids.length > 0) changes.push({ kind, ids });
  }
  return changes;
}

function endedBy(kind: End, unwritten: Unwritten): string[] {
  return [...unwritten].filter(([, change]) => change === kind).map(([id]) => id);
}
