import { HeartbeatScheduler } from './heartbeat.ts';
import { Leases } from './lease.ts';
import { AckProgress } from './progress.ts';
import { resume } from './resume.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';
import type { CloseReason, Transport } from './transport.ts';

/** Opens and closes the transports of sessions and keeps the three wheels that watch over them. */
export class Channels {
  readonly #host: SessionHost;
  readonly #leases: Leases;
  readonly #heartbeats: HeartbeatScheduler;
  readonly #progress: AckProgress;

  /** @param expire ends a session whose lease has run out. */
  constructor(host: SessionHost, now: number, expire: (session: Session) => void) {
    this.#host = host;
    this.#heartbeats = new HeartbeatScheduler(now);
    this.#leases = new Leases(host.limits, now, expire);
    this.#progress = new AckProgress(host.limits.ackTimeoutMs, now, (session) =>
      this.drop(session, 'unresponsive'),
    );
  }

  /** Starts the lease of a session that has just joined. */
  start(session: Session): void {
    this.#leases.start(session);
  }

  /** Makes a transport the session's only one; the stream goes on after a cursor, or where confirmation ended. */
  attach(session: Session, transport: Transport, after: string | undefined): void {
    const now = this.#host.now();
    this.touch(session);
    resume(session, this.#host.log, after);
    session.setTransport(transport)?.close('superseded');
    this.#heartbeats.watch(session, now);
    if (session.acknowledges) this.#progress.watch(session, now);
  }

  /** Takes a transport away that has ended; ignored when another has taken its place. */
  detach(session: Session, transport: Transport): void {
    if (session.transport !== transport) return;
    session.setTransport(undefined);
    session.marks.seen = this.#host.now();
  }

  /** Closes the transport and keeps the session: its client may come back within the lease. */
  drop(session: Session, reason: CloseReason): void {
    const transport = session.setTransport(undefined);
    session.marks.seen = this.#host.now();
    transport?.close(reason);
  }

  /** Renews the lease. */
  touch(session: Session): void {
    session.marks.seen = this.#host.now();
    session.marks.established = true;
  }

  /** Does what is due. */
  tick(now: number): void {
    this.#heartbeats.run(now);
    this.#progress.run(now);
    this.#leases.run(now);
  }
}
