import { CometError, parseCursor, type Session } from '@cometkit/core';
import type { Address } from '../command.ts';
import { evidentAddress, proves, sameText, tokensOf } from '../credentials.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { RequestInput } from '../dialects/dialect.ts';
import { formatNamed } from '../dialects/formats.ts';
import type { HttpRequest } from '../http.ts';
import { countedAs, neighbourhoodsOf } from '../rate-limit.ts';
import { textOf } from '../request-fields.ts';
import type { RequestState } from '../request-state.ts';
import { contextOf, SessionContext } from '../session-context.ts';
import { EngineAway } from './engine-away.ts';
import type { HeldSessions } from './held-sessions.ts';
import { type SessionRecord, withHolder } from './record.ts';
import type { Kept } from './record-store.ts';

const reachMs = 1000;
const readyMs = 5000;

/** Lets requests in that need something of the engine first: it loads the session, and waits until this node has read far enough. */
export class Arrivals {
  readonly #held: HeldSessions;
  /** Called with a session that was taken in. */
  readonly #taken: (session: Session, record: SessionRecord) => void;
  /** Sessions whose client came back last without anything that tells its place. */
  readonly silent: WeakSet<Session> = new WeakSet();
  readonly #adopting = new Map<string, Promise<Session>>();
  readonly #waiting = new Set<() => void>();

  constructor(held: HeldSessions, taken: (session: Session, record: SessionRecord) => void) {
    this.#held = held;
    this.#taken = taken;
    held.hub.on('engine', (state) => {
      if (state === 'live') for (const go of [...this.#waiting]) go();
    });
  }

  /**
   * Waits until this node has its engine.
   *
   * @returns undefined when it has it.
   * @throws {EngineAway} — it has lost it for long, or does not get it in 5 s.
   */
  ready(): Promise<void> | undefined {
    const { state } = this.#held.cluster;
    if (state === 'live') return undefined;
    if (state === 'cut') return Promise.reject(new EngineAway());
    return new Promise((resolve, reject) => {
      const go = (): void => {
        cancel();
        this.#waiting.delete(go);
        resolve();
      };
      const cancel = this.#held.runtime.later(() => {
        this.#waiting.delete(go);
        reject(new EngineAway());
      }, readyMs);
      this.#waiting.add(go);
    });
  }

  /**
   * Prepares what a command of a session needs.
   *
   * @returns undefined when it can be carried out now.
   */
  prepare(state: RequestState, input: RequestInput, address: Address): Promise<void> | undefined {
    const { id, key } = address;
    if (id === undefined) return undefined;
    const session = this.#held.hub.session(id);
    const context = session && contextOf(session);
    // One that the application has made for this node alone.
    if (session !== undefined && (context === undefined || !this.#held.holds(session))) return undefined;
    if (session === undefined || context === undefined) return this.#arrive(state, input, address);
    if (!proves(state.request, key, session, context.binding)) return this.#arrive(state, input, address);
    return this.#place(state, input, session);
  }

  /** Takes in the session of a record. @throws {CometError} `unknown-session` — it has ended. */
  take(kept: Kept, asOf: string, request: HttpRequest): Promise<Session> {
    const { id } = kept.record;
    const here = this.#adopting.get(id);
    if (here !== undefined) return here;
    const taking = this.#adopt(kept, asOf, request).finally(() => this.#adopting.delete(id));
    this.#adopting.set(id, taking);
    return taking;
  }

  /**
   * Waits until this node has read the log up to a place.
   *
   * @throws {EngineAway} — it has not after a second: what it gave now would come again once it has.
   */
  async reach(cursor: string | undefined): Promise<void> {
    if (cursor === undefined || !this.isAhead(cursor)) return;
    if (!(await this.#held.cluster.reach(cursor, reachMs))) throw new EngineAway();
  }

  /**
   * Waits until this node has read the log up to its present end.
   *
   * @throws {EngineAway} — it does not after a second.
   */
  async present(): Promise<void> {
    if (!(await this.#held.cluster.present(reachMs))) throw new EngineAway();
  }

  /** Returns whether a cursor lies before this node, or in another life of the log. */
  isAhead(text: string): boolean {
    const cursor = parseCursor(text);
    const here = parseCursor(this.#held.hub.cursor());
    if (cursor === undefined || here === undefined) return false;
    return cursor.epoch !== here.epoch || cursor.position > here.position;
  }

  // Who is refused costs no call with a wrong key, and one without a key.
  async #arrive(state: RequestState, input: RequestInput, address: Address): Promise<void> {
    const { hub, keys, records } = this.#held;
    const { id = '', key } = address;
    const { request } = state;
    if (key !== undefined && !(await keys.keysOf(id)).some((own) => sameText(key, own))) return;
    await this.ready();
    // What other nodes change after the record is read comes through the log after this place.
    const asOf = hub.cursor();
    const kept = await records.load(id);
    if (kept === undefined) return;
    const shown = key === undefined ? await this.#shown(request, kept.record) : {};
    if (shown === undefined) return;
    const session = hub.session(id) ?? (await this.take(kept, asOf, request));
    const context = contextOf(session);
    if (context === undefined) return;
    if (shown.token !== undefined) {
      context.binding.token = shown.token;
      context.binding.proven = true;
    }
    context.binding.address ??= shown.address;
    state.proven = session;
    await this.#place(state, input, session);
  }

  // What a client without a key shows: its cookie, or its address while it has never shown a cookie.
  async #shown(
    request: HttpRequest,
    record: SessionRecord,
  ): Promise<{ readonly token?: string; readonly address?: string } | undefined> {
    const { keys } = this.#held;
    const tokens = tokensOf(request);
    for (const token of tokens) if (record.tokens.includes(await keys.tokenMark(token))) return { token };
    if (record.proven || tokens.length > 0 || record.address === undefined) return undefined;
    const address = evidentAddress(request);
    if (address === undefined) return undefined;
    const marks = await keys.addressMarks(address);
    return marks.includes(record.address) ? { address } : undefined;
  }

  async #adopt(kept: Kept, asOf: string, request: HttpRequest): Promise<Session> {
    const { hub, cluster, keys, records } = this.#held;
    const { id } = kept.record;
    let written = kept.record.asOf;
    const noted = await records.update(
      id,
      kept,
      this.#held.stamped((record) => {
        written = record.asOf;
        const holders = withHolder(record.holders, cluster.node);
        return holders === record.holders ? record : { ...record, holders };
      }),
    );
    const { record } = noted;
    for (const cursor of [written, record.start]) await this.reach(cursor);
    const here = hub.session(id);
    if (here !== undefined) return here;
    const { principal, data, leaseMs, generation, start, subscriptions } = record;
    const [secret] = await keys.keysOf(id);
    const context = contextFrom(record);
    const neighbourhoods = neighbourhoodsOf(countedAs(request));
    const session = await this.#unlessEnded(id, () =>
      cluster.adopt({
        ...{ id, secret, principal, data, context, leaseMs, neighbourhoods },
        ...{ generation, start, asOf, subscriptions, writtenAt: written },
      }),
    );
    this.#held.hold(session, noted);
    this.#taken(session, record);
    return session;
  }

  // Of a session that has ended no record remains: one that was just written says nothing of its end.
  #unlessEnded(id: string, adopt: () => Session): Session | Promise<Session> {
    try {
      return adopt();
    } catch (error) {
      if (!(error instanceof CometError && error.code === 'unknown-session')) throw error;
      return this.#held.records.remove(id).then(() => {
        throw error;
      });
    }
  }

  // Finds the place of a client that does not name it, and waits for the place of one that is ahead of this node.
  #place(state: RequestState, input: RequestInput, session: Session): Promise<void> | undefined {
    const { request } = state;
    const last = request.header('last-event-id');
    const named = last !== undefined && parseCursor(last) !== undefined ? last : textOf(input, 'ack');
    if (named !== undefined) return this.isAhead(named) ? this.reach(named) : undefined;
    const context = contextOf(session);
    if (textOf(input, 'type') !== 'refresh' || context === undefined || context.format.cursors)
      return undefined;
    const seen = answersIn(context.format).seenCursor({ session, request });
    if (seen === undefined) return this.#given(state, session);
    this.silent.delete(session);
    if (parseCursor(seen) === undefined) return undefined;
    state.place = seen;
    return this.isAhead(seen) ? this.reach(seen) : undefined;
  }

  // Only the record knows what another node gave to a client that shows nothing.
  async #given(state: RequestState, session: Session): Promise<void> {
    this.silent.add(session);
    const { given } = await this.#held.fresh(session);
    if (given === undefined || given.node === this.#held.cluster.node) return;
    state.place = given.cursor;
    await this.reach(given.cursor);
  }
}

function contextFrom({ format, mode, proven }: SessionRecord): SessionContext {
  const known = formatNamed(format);
  if (known === undefined) throw new CometError('internal', 'a record names no format', {});
  // No token is empty: the client shows its own first.
  const context = new SessionContext(known, { token: '', proven, address: undefined });
  context.mode = mode;
  return context;
}
