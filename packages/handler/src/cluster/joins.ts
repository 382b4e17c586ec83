import type { Format } from '@cometkit/codec';
import { CometError, parseCursor, type Session } from '@cometkit/core';
import type { Admission } from '../authorize.ts';
import type { Call } from '../call.ts';
import { answersIn } from '../dialects/answers-in.ts';
import { countedAs, neighbourhoodsOf } from '../rate-limit.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf, type SessionContext } from '../session-context.ts';
import type { Arrivals } from './arrivals.ts';
import type { HeldSessions } from './held-sessions.ts';
import type { SessionRecord } from './record.ts';

/** A client that is let in, and what the handler keeps for it. */
export interface Newcomer {
  readonly call: Call;
  readonly admission: Admission;
  readonly context: SessionContext;
}

/** Opens sessions that every node of the cluster can serve. */
export class Joins {
  readonly #held: HeldSessions;
  readonly #arrivals: Arrivals;

  constructor(held: HeldSessions, arrivals: Arrivals) {
    this.#held = held;
    this.#arrivals = arrivals;
  }

  /**
   * Opens a session, or finds the one of the same join that came before, to whichever node.
   *
   * @throws {CometError} `too-many-sessions`, `hub-closed`, `too-busy`.
   */
  async join(newcomer: Newcomer): Promise<Session> {
    const { hub, records, keys } = this.#held;
    const { call, admission } = newcomer;
    const after = resumeCursor(call);
    // Who begins without a place may have been here before, and have had whatever stands behind that of a node that is late.
    await (after === undefined ? this.#arrivals.present() : this.#arrivals.reach(after));
    const id = this.#held.runtime.randomId();
    const record = await this.#recordOf(newcomer, id, after);
    const { nonce } = call.command;
    const mark = nonce && (await keys.nonceMark(nonce, admission.principal, call.request.address));
    const owner = await records.create(record, mark);
    if (owner !== id) return this.#again(newcomer, owner);
    const [secret] = await keys.keysOf(id);
    try {
      const session = hub.join({ ...this.#options(newcomer), after, identity: { id, secret } });
      this.#held.hold(session, { record, revision: undefined });
      return session;
    } catch (error) {
      this.#held.inBackground(records.remove(id), 'a join that was refused');
      throw error;
    }
  }

  #options({ call, admission, context }: Newcomer) {
    const { principal, data } = admission;
    const leaseMs = answersIn(call.format).leaseMs(call.handler.settings, this.#held.hub.limits);
    return { principal, data, context, leaseMs, neighbourhoods: neighbourhoodsOf(countedAs(call.request)) };
  }

  async #recordOf(newcomer: Newcomer, id: string, after: string | undefined): Promise<SessionRecord> {
    const { hub, keys, cluster } = this.#held;
    const { principal, leaseMs, data } = this.#options(newcomer);
    const { binding, format } = newcomer.context;
    const asOf = hub.cursor();
    const resumed = after !== undefined && parseCursor(after) !== undefined;
    const [address] = binding.address === undefined ? [undefined] : await keys.addressMarks(binding.address);
    return {
      ...{ id, principal, leaseMs, address, asOf, resumed },
      data: jsonable(data),
      format: nameOf(format),
      mode: 'stream',
      expires: timeOf(newcomer.admission),
      tokens: [await keys.tokenMark(binding.token)],
      proven: false,
      generation: 0,
      holders: [cluster.node],
      start: resumed ? after : asOf,
      subscriptions: [],
      revoked: [],
      seen: [],
    };
  }

  // The answer to the first one was lost: the client gets the same session, with one more cookie.
  async #again({ call, context }: Newcomer, id: string): Promise<Session> {
    const { hub, records, keys } = this.#held;
    const asOf = hub.cursor();
    const kept = await records.load(id);
    if (kept === undefined)
      throw new CometError('too-busy', 'the session of this join has just ended', { limit: 0 });
    const session = hub.session(id) ?? (await this.#arrivals.take(kept, asOf, call.request));
    const mine = contextOf(session);
    // Known here: the same cookie again.
    if (mine === undefined || mine.binding.token !== '') return session;
    const token = await keys.tokenMark(context.binding.token);
    await this.#held.update(session, (now) => ({ ...now, tokens: [...now.tokens, token] }));
    mine.binding.token = context.binding.token;
    mine.binding.proven = false;
    mine.binding.address ??= context.binding.address;
    return session;
  }
}

function nameOf({ name }: Format): SessionRecord['format'] {
  return name;
}

function timeOf({ expires }: Admission): number | undefined {
  return expires instanceof Date ? expires.getTime() : expires;
}

// What JSON cannot carry stays on the node of the join; the join hook is asked again where a user comes from elsewhere.
function jsonable(data: unknown): unknown {
  try {
    const text = JSON.stringify(data);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined; // circular, or a BigInt
  }
}
