import { AckTimeouts } from './ack-timeouts.ts';
import { HeartbeatScheduler } from './heartbeat.ts';
import type { HubInternals } from './hub-internals.ts';
import type { AttachOptions } from './hub-types.ts';
import { Leases } from './lease.ts';
import { Places } from './places.ts';
import { resume } from './resume.ts';
import type { Session } from './session.ts';
import type { CloseReason, Transport } from './transport.ts';

/** Attaches transports to sessions and detaches them, and runs heartbeats, leases and ack timeouts. */
export class Attachments {
  readonly #host: HubInternals<Session>;
  readonly #leases: Leases;
  readonly #heartbeats: HeartbeatScheduler;
  readonly #ackTimeouts: AckTimeouts;
  readonly #places: Places;

  /** @param expire - ends a session whose lease has run out. */
  constructor(host: HubInternals<Session>, now: number, expire: (session: Session) => void) {
    this.#host = host;
    this.#heartbeats = new HeartbeatScheduler(now, (session) =>
      host.tell(session, (transport) => transport.idle()),
    );
    this.#places = new Places(host.limits.maxSessions);
    this.#leases = new Leases(host.limits, now, expire);
    this.#ackTimeouts = new AckTimeouts(host.limits.ackTimeoutMs, now, (session) =>
      this.giveUp(session, session.transport),
    );
  }

  /** Gives a session that has just joined its place, and starts its lease. */
  start(session: Session, neighbourhoods: readonly string[]): void {
    this.#places.take(session, neighbourhoods);
    this.#leases.start(session);
  }

  /** Chooses the session that gives way to a newcomer of some neighbourhoods. @returns undefined when none does. */
  whoGivesWay(newcomer: readonly string[]): Session | undefined {
    return this.#places.whoGivesWay(newcomer, this.#host.now());
  }

  /** Frees what is kept for a session that has ended. */
  end(session: Session): void {
    this.#places.free(session);
  }

  /**
   * Makes a transport the session's only one. The stream continues after the cursor `after`, or after the last acknowledged item.
   *
   * @returns the generation of the transport.
   */
  attach(session: Session, transport: Transport, { after, provisional, generation }: AttachOptions): number {
    const now = this.#host.now();
    session.seen = Math.trunc(now);
    if (!provisional) session.established = true;
    // Detach first: acknowledging up to the cursor must not wake the old transport.
    const old = session.setTransport(undefined);
    resume(session, this.#host, after);
    session.setTransport(transport, generation);
    this.#places.back(session);
    this.#heartbeats.watch(session, now);
    if (session.acknowledges) this.#ackTimeouts.watch(session, now);
    const attached = session.generation;
    if (old !== transport) this.close(old, 'superseded');
    return attached;
  }

  /** Detaches a transport that has ended. Does nothing if another one has replaced it. */
  detach(session: Session, transport: Transport): void {
    if (session.transport !== transport) return;
    session.setTransport(undefined);
    session.seen = Math.trunc(this.#host.now());
    this.#places.heard(session);
    this.#host.detached(session);
  }

  /** Starts the ack timeout of a session whose client acknowledges, while it has a transport. */
  acknowledging(session: Session): void {
    if (session.attached) this.#ackTimeouts.watch(session, this.#host.now());
  }

  /** Closes a transport that is no longer attached to a session. */
  close(transport: Transport | undefined, reason: CloseReason): void {
    try {
      transport?.close(reason);
    } catch (error) {
      this.#host.report(error, 'the close of a transport');
    }
  }

  /** Renews the lease. */
  renewLease(session: Session): void {
    session.seen = Math.trunc(this.#host.now());
    session.established = true;
    this.#places.heard(session);
  }

  /** Sends due heartbeats, and ends what has timed out. `now` is in monotonic milliseconds. */
  tick(now: number): void {
    this.#heartbeats.run(now);
    this.#ackTimeouts.run(now);
    this.#leases.run(now);
  }

  /** Closes an unresponsive transport but keeps the session: its client may reconnect within the lease. */
  giveUp(session: Session, transport: Transport | undefined): void {
    if (transport === undefined || session.transport !== transport) return;
    this.detach(session, transport);
    this.close(transport, 'unresponsive');
  }
}
