import { CometError, type Matching, type Session, type Subscription } from '@cometkit/core';
import type { SubscriptionParts } from '@cometkit/core/cluster';
import { asksFor, type Command } from '../command.ts';
import { ApplicationChanges } from './application-changes.ts';
import type { HeldSessions } from './held-sessions.ts';
import { Moved } from './moved.ts';
import { Recheck } from './recheck.ts';
import { isHeldElsewhere, type Seen, type SessionRecord } from './record.ts';

/** A subscription that a command asks for. */
export interface Wanted {
  readonly command: Command;
  readonly subject: string;
  readonly matching: Matching;
  /** True when it begins now, even in a session that resumes. */
  readonly fromNow: boolean;
}

/** Changes sessions in their records, here, and through the log on every other node that may hold them. */
export class Changes {
  readonly #held: HeldSessions;
  readonly #application: ApplicationChanges;

  constructor(held: HeldSessions) {
    this.#held = held;
    this.#application = new ApplicationChanges(held);
    new Recheck(held, this.#application);
  }

  /** @see ApplicationChanges.writeEnd */
  writeEnd(session: Session): void {
    this.#application.writeEnd(session);
  }

  /**
   * Finds the subscription that a command made before, on whichever node.
   *
   * @throws {CometError} `not-authorized` — it was taken away; `unknown-subscription` — its client has ended it since.
   * @throws {Moved}
   */
  async madeBefore(session: Session, command: Command): Promise<Subscription | undefined> {
    const { verb, messageId } = command;
    const { seen, revoked, subscriptions } = await this.#recordOf(session);
    const before = seen.find((one) => one.verb === 'subscribe' && one.messageId === messageId);
    if (before?.sid !== undefined && revoked.includes(before.sid)) {
      const reason = 'the subscription was taken away';
      throw new CometError('not-authorized', reason, { reason });
    }
    const made = session.subscriptions.find(({ id }) => id === before?.sid);
    const kept = subscriptions.find(({ id }) => id === before?.sid);
    // This node has not heard of it yet, or its own did not live to tell the others.
    if (kept !== undefined && made === undefined) return this.#tell(session, kept, messageId);
    if (before !== undefined && made === undefined)
      throw new CometError('unknown-subscription', 'the subscription has ended', {});
    if (made !== undefined || verb === 'subscribe') return made;
    return session.subscriptions.find((one) => asksFor(command, one));
  }

  /** Adds a subscription. @throws {Moved} @see `hub.subscribe` for other errors. */
  async subscribe(session: Session, wanted: Wanted): Promise<Subscription> {
    const { keys, runtime } = this.#held;
    const { messageId } = wanted.command;
    const id =
      messageId === undefined ? runtime.randomId() : await keys.subscriptionId(session.id, messageId);
    return this.#application.during(session, [id], () => this.#subscribe(session, wanted, id));
  }

  /**
   * Ends a subscription by its id, or all of them.
   *
   * @throws {CometError} `unknown-subscription`.
   * @throws {Moved}
   */
  unsubscribe(session: Session, sid: string | undefined, command: Command): Promise<readonly Subscription[]> {
    const ended = session.subscriptions.filter(({ id }) => sid === undefined || id === sid);
    const ids = ended.map(({ id }) => id);
    return this.#application.during(session, ids, () => this.#unsubscribe(session, sid, command));
  }

  /** Finds what a command made or ended, if it was carried out before. @throws {Moved} */
  async seen(session: Session, verb: Seen['verb'], messageId: string | undefined): Promise<Seen | undefined> {
    if (messageId === undefined) return undefined;
    const { seen } = await this.#recordOf(session);
    return seen.find((one) => one.verb === verb && one.messageId === messageId);
  }

  /** Ends a session on every node. */
  async leave(session: Session): Promise<void> {
    const { id } = session;
    const record = await this.#held.recordOf(session);
    await this.#held.records.remove(id);
    if (isHeldElsewhere(record, this.#held.cluster.node))
      await this.#held.cluster.change(id, { kind: 'leave', reason: 'left' });
    this.#application.quietly(() => this.#held.hub.leave(session));
  }

  async #subscribe(
    session: Session,
    { command, subject, matching, fromNow }: Wanted,
    id: string,
  ): Promise<Subscription> {
    const { hub, cluster } = this.#held;
    const { label, conflate, messageId } = command;
    const record = await this.#recordOf(session);
    const shared = isHeldElsewhere(record, cluster.node);
    const resumes = record.resumed && record.generation === 0 && !fromNow;
    const parts = { id, label, pattern: subject, matching, conflate };
    const since = resumes ? record.start : undefined;
    const local =
      shared && !resumes
        ? undefined
        : this.#application.quietly(() =>
            hub.subscribe(session, subject, { id, label, matching, conflate, since, fromNow }),
          );
    // A node that knows less than others must not make it begin later than its client has read.
    const from = since ?? local?.cursor ?? hub.cursor();
    try {
      const next = await this.#held.update(session, (now) =>
        withSubscription(now, { ...parts, from }, messageId),
      );
      if (!isHeldElsewhere(next, cluster.node)) return here(session, id, messageId);
      const { cursor } = await cluster.change(session.id, { kind: 'subscribe', ...parts, from: since });
      if (local === undefined) await this.#held.update(session, (now) => begun(now, id, cursor));
      return here(session, id, messageId);
    } catch (error) {
      this.#drop(session, id);
      throw error;
    }
  }

  // What could not be written is not there: the client hears of an error and asks again.
  #drop(session: Session, id: string): void {
    if (session.subscriptions.some((one) => one.id === id))
      this.#application.quietly(() => this.#held.hub.unsubscribe(session, id));
  }

  #tell(
    session: Session,
    { from: _, ...parts }: SubscriptionParts,
    messageId: string | undefined,
  ): Promise<Subscription> {
    return this.#application.during(session, [parts.id], async () => {
      await this.#held.cluster.change(session.id, { kind: 'subscribe', ...parts });
      return here(session, parts.id, messageId);
    });
  }

  async #recordOf(session: Session): Promise<SessionRecord> {
    const record = await this.#held.recordOf(session);
    if (session.closed) throw new Moved();
    return record;
  }

  async #unsubscribe(
    session: Session,
    sid: string | undefined,
    { messageId }: Command,
  ): Promise<readonly Subscription[]> {
    if (session.closed) throw new Moved();
    const { cluster } = this.#held;
    const ended = session.subscriptions.filter(({ id }) => sid === undefined || id === sid);
    if (sid !== undefined && ended.length === 0)
      throw new CometError('unknown-subscription', 'no such subscription', {});
    const ids = ended.map(({ id }) => id);
    const record = await this.#held.update(session, (now) => without(now, ids, { sid, messageId }));
    if (isHeldElsewhere(record, cluster.node)) await cluster.change(session.id, { kind: 'unsubscribe', ids });
    for (const id of ids) this.#drop(session, id);
    return ended;
  }
}

function here(session: Session, id: string, messageId: string | undefined): Subscription {
  // It is in the record, by the id of its message.
  if (session.closed && messageId !== undefined) throw new Moved();
  const made = session.subscriptions.find((one) => one.id === id);
  // It was left, or another node was quicker and filled it.
  if (session.closed || made === undefined)
    throw new CometError('unknown-session', 'invalid or expired id', {});
  return made;
}

function withSubscription(
  record: SessionRecord,
  parts: SubscriptionParts,
  messageId: string | undefined,
): SessionRecord {
  const others = record.subscriptions.filter(({ id }) => id !== parts.id);
  const seen =
    messageId === undefined
      ? record.seen
      : [...record.seen, { verb: 'subscribe' as const, messageId, sid: parts.id }];
  return { ...record, subscriptions: [...others, parts], seen };
}

function begun(record: SessionRecord, id: string, from: string): SessionRecord {
  const subscriptions = record.subscriptions.map((one) => (one.id === id ? { ...one, from } : one));
  return { ...record, subscriptions };
}

function without(
  record: SessionRecord,
  ids: readonly string[],
  { sid, messageId }: { readonly sid: string | undefined; readonly messageId: string | undefined },
): SessionRecord {
  const subscriptions = record.subscriptions.filter(({ id }) => !ids.includes(id));
  const seen =
    messageId === undefined
      ? record.seen
      : [...record.seen, { verb: 'unsubscribe' as const, messageId, sid }];
  return { ...record, subscriptions, seen };
}
