import { CometError, type Session } from '@cometkit/core';
import type { SessionCall } from '../call.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf } from '../session-context.ts';
import type { Mode } from '../wire-names.ts';
import type { Arrivals } from './arrivals.ts';
import type { HeldSessions } from './held-sessions.ts';
import { isHeldElsewhere, type SessionRecord } from './record.ts';

/** A channel that this node may open. */
export interface TakenChannel {
  readonly call: SessionCall;
  /** Its number among all channels of the session. */
  readonly generation: number;
  /** True when nobody knows how much of what another node has sent has arrived. */
  readonly unsure: boolean;
}

const backMs = 5000;
const noteMs = 2000;
const cutMs = 10_000;

/** Which node has the channel of a session, and where it has come for clients that do not say. */
export class Channels {
  readonly #held: HeldSessions;
  readonly #arrivals: Arrivals;
  // Streams of clients that name no place, each with what its record says.
  readonly #noted = new Map<Session, string>();
  #noting = false;

  constructor(held: HeldSessions, arrivals: Arrivals) {
    this.#held = held;
    this.#arrivals = arrivals;
    held.hub.on('detached', (session) => this.#left(session));
    held.hub.on('engine', (state) => {
      if (state === 'cut') this.#sendAway();
    });
  }

  /**
   * Makes this node the one that has the channel of a session. Older channels end wherever they are.
   *
   * @throws {CometError} `unknown-session` — the session has ended.
   */
  async take(call: SessionCall, mode: Mode): Promise<TakenChannel> {
    const { cluster } = this.#held;
    const { node } = cluster;
    const asOf = this.#held.hub.cursor();
    let given: SessionRecord['given'];
    const record = await this.#held.update(call.session, (now) => {
      given = now.given;
      const owner = mode === 'stream' ? node : undefined;
      return { ...now, generation: now.generation + 1, owner, mode };
    });
    const session = await this.#upToDate(call, record, asOf);
    const { generation } = record;
    if (isHeldElsewhere(record, node))
      this.#held.inBackground(
        cluster.change(session.id, { kind: 'superseded', generation }),
        'a channel that moves',
      );
    if (mode === 'stream' && !call.format.cursors) this.#note(session, given?.cursor ?? '');
    const elsewhere = given !== undefined && given.node !== node && resumeCursor(call) === undefined;
    if (!elsewhere) return { call: { ...call, session }, generation, unsure: false };
    await this.#arrivals.reach(given?.cursor);
    return { call: { ...call, session, place: given?.cursor }, generation, unsure: mode === 'stream' };
  }

  /** Notes what a client that shows nothing was given in an answer. */
  gave(session: Session, cursor: string): void {
    this.#held.inBackground(this.#write(session, cursor), 'the place of a client');
  }

  // A subscription that another node has made may not be here yet, or begin elsewhere.
  async #upToDate({ session, request }: SessionCall, record: SessionRecord, asOf: string): Promise<Session> {
    if (!session.closed && matches(session, record)) return session;
    const context = contextOf(session);
    if (!session.closed) this.#held.cluster.park(session);
    const kept = await this.#held.records.load(record.id);
    if (kept === undefined) throw new CometError('unknown-session', 'invalid or expired id', {});
    const again = await this.#arrivals.take(kept, asOf, request);
    const fresh = contextOf(again);
    if (context !== undefined && fresh !== undefined) {
      Object.assign(fresh.binding, context.binding);
      fresh.user = context.user;
    }
    return again;
  }

  // Whose stream has ended comes back soon, or its session gets an ordinary life.
  #left(session: Session): void {
    const record = this.#held.known(session);
    if (record?.owner !== this.#held.cluster.node) return;
    const { generation } = session;
    const { cursor } = session;
    this.#held.runtime.later(() => {
      if (session.closed || session.attached || session.generation !== generation) return;
      this.#held.inBackground(this.#release(session, generation, cursor), 'the end of a stream');
    }, backMs);
  }

  async #release(session: Session, generation: number, cursor: string): Promise<void> {
    const { node } = this.#held.cluster;
    const given = this.#noted.delete(session) ? { node, cursor } : undefined;
    await this.#held.update(session, (now) => {
      if (now.generation !== generation || now.owner !== node) return now;
      return { ...now, owner: undefined, given: given ?? now.given };
    });
  }

  #note(session: Session, cursor: string): void {
    this.#noted.set(session, cursor);
    if (this.#noting) return;
    this.#noting = true;
    this.#held.runtime.later(() => this.#noteAll(), noteMs);
  }

  #noteAll(): void {
    for (const [session, before] of this.#noted) {
      if (session.closed) this.#noted.delete(session);
      else if (session.attached && session.cursor !== before && !session.acknowledges) {
        this.#noted.set(session, session.cursor);
        this.gave(session, session.cursor);
      }
    }
    this.#noting = this.#noted.size > 0;
    if (this.#noting) this.#held.runtime.later(() => this.#noteAll(), noteMs);
  }

  async #write(session: Session, cursor: string): Promise<void> {
    const { node } = this.#held.cluster;
    await this.#held.update(session, (now) => ({ ...now, given: { node, cursor } }));
  }

  // A node without its engine has nothing to tell: other nodes have.
  #sendAway(): void {
    const { hub, cluster, runtime } = this.#held;
    for (const session of hub.sessions())
      if (this.#held.holds(session) && session.attached)
        runtime.later(
          () => {
            if (cluster.state === 'cut' && !session.closed) cluster.park(session);
          },
          runtime.randomInteger(0, cutMs),
        );
  }
}

// Whether a session here is subscribed to what its record says, from the same places.
function matches(session: Session, { subscriptions }: SessionRecord): boolean {
  const here = new Map(session.subscriptions.map(({ id, cursor }) => [id, cursor]));
  return here.size === subscriptions.length && subscriptions.every(({ id, from }) => here.get(id) === from);
}
