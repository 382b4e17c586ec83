import type { Hub, Session } from '@cometkit/core';
import { endOf, expire, heardEnd, setEnd, shareEnds } from '../expiry.ts';
import type { HandlerContext } from '../handler-context.ts';
import { contextOf } from '../session-context.ts';
import { AckRelay, type Sign } from './ack-relay.ts';
import { Arrivals } from './arrivals.ts';
import { Changes } from './changes.ts';
import { Channels } from './channels.ts';
import { Claims } from './claims.ts';
import { engineOf } from './engines.ts';
import { type ClusterParts, HeldSessions } from './held-sessions.ts';
import { Joins } from './joins.ts';
import { partOfInbox } from './mail.ts';

// How long a stream may take between its record and its first bytes.
const againMs = 250;
const maxTries = 4;
// Not a valid cursor, so it counts like any other acknowledgement that proves nothing.
const nowhere = '';

/** A hub's part in its cluster, as its handlers see it. */
export class ClusterNode {
  readonly held: HeldSessions;
  readonly arrivals: Arrivals;
  readonly changes: Changes;
  readonly channels: Channels;
  readonly joins: Joins;
  readonly claims: Claims;
  readonly #relay: AckRelay;

  constructor(handler: HandlerContext, parts: ClusterParts) {
    const { runtime } = parts;
    this.held = new HeldSessions(parts);
    this.arrivals = new Arrivals(this.held, (session, { expires }) => {
      // Its client may have to show fresh credentials since the record was written.
      const soon = endOf(session);
      if (soon === undefined || (expires !== undefined && expires <= soon))
        expire(handler, session, { expires });
      else setEnd(handler, session, { expires: soon });
    });
    shareEnds(parts.hub, {
      write: (session) => this.changes.writeEnd(session),
      read: (session) => this.held.fresh(session).then(({ expires }) => expires),
    });
    this.changes = new Changes(this.held);
    parts.hub.on('session-changed', (session, change) => {
      if (change.kind === 'expire')
        this.held.inBackground(heardEnd(handler, session, change.at), 'an admission');
    });
    this.channels = new Channels(this.held, this.arrivals);
    this.joins = new Joins(this.held, this.arrivals);
    this.claims = new Claims(this.held);
    this.#relay = new AckRelay(
      partOfInbox(parts.engine.inbox, 'a'),
      (task, delayMs) => runtime.later(task, delayMs),
      (sign) => this.#hear(sign),
    );
  }

  /** Notes a request of a session: its record lives on, and the node that has its stream hears of it. */
  heard(session: Session): void {
    this.held.touch(session);
    this.pass(session, { ack: undefined, generation: undefined, beat: false });
  }

  /**
   * Passes a sign of life on to the node that has the stream of a session.
   *
   * @returns false when no other node has it.
   */
  pass(session: Session, sign: Omit<Sign, 'id'>): boolean {
    if (session.attached || !this.held.holds(session)) return false;
    const record = this.held.known(session);
    const elsewhere = record?.owner !== undefined && record.owner !== this.held.cluster.node;
    if (record !== undefined && (elsewhere || sign.ack === undefined))
      return this.#passTo(record.owner, session, sign);
    // Another node has changed the record, perhaps because the stream is there now. One that nobody had when it began tells nobody.
    const late = this.held.fresh(session).then(({ owner }) => {
      if (!this.#passTo(owner, session, sign) && sign.ack !== undefined)
        this.held.hub.acknowledge(session, sign.ack);
    });
    this.held.inBackground(late, 'an acknowledgement');
    return true;
  }

  #passTo(owner: string | undefined, session: Session, sign: Omit<Sign, 'id'>): boolean {
    if (owner === undefined || owner === this.held.cluster.node) return false;
    this.#relay.pass(owner, { id: session.id, ...sign });
    return true;
  }

  /** Notes in the record what a client was given that shows nothing when it comes back. */
  gave(session: Session): void {
    if (this.arrivals.silent.has(session)) this.channels.gave(session, session.cursor);
  }

  // The stream has moved on, or is about to come. An acknowledgement that is lost would hold a client with a full window up.
  async #passOn(sign: Sign, tries: number): Promise<void> {
    const { records, cluster, runtime } = this.held;
    const kept = await records.load(sign.id);
    const owner = kept?.record.owner;
    if (owner !== undefined && owner !== cluster.node) this.#relay.pass(owner, sign);
    else if (owner !== undefined && tries < maxTries)
      runtime.later(() => this.#hear(sign, tries + 1), againMs);
  }

  #hear(sign: Sign, tries = 0): void {
    const { id, ack, generation, beat } = sign;
    const { hub } = this.held;
    const session = hub.session(id);
    const context = session && contextOf(session);
    if (session === undefined || context === undefined || !session.attached) {
      if (sign.ack !== undefined) this.held.inBackground(this.#passOn(sign, tries), 'an acknowledgement');
      return;
    }
    hub.renewLease(session);
    context.stream?.heard();
    if (beat) context.stream?.beat();
    if (ack === undefined) return;
    session.acknowledges = true;
    const stale = generation !== undefined && generation < session.generation;
    hub.acknowledge(session, stale ? nowhere : ack);
  }
}

const nodes = new WeakMap<Hub, ClusterNode>();

/** Returns a hub's part in its cluster, shared by all of its handlers. @returns undefined for a hub that is alone. */
export function clusterNodeOf(handler: HandlerContext): ClusterNode | undefined {
  const { hub, settings } = handler;
  const { cluster } = hub;
  if (cluster === undefined) return undefined;
  const engine = engineOf(hub);
  if (engine === undefined) return undefined;
  const known = nodes.get(hub);
  if (known !== undefined) return known;
  const report = (error: unknown, where: string): void => handler.report(error, where);
  const node = new ClusterNode(handler, { hub, cluster, engine, runtime: settings.runtime, report });
  nodes.set(hub, node);
  return node;
}
