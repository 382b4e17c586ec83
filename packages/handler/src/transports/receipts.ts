import type { Session } from '@cometkit/core';
import type { Outlet } from '../http.ts';
import { contextOf } from '../session-context.ts';
import { Deliveries } from './deliveries.ts';

/**
 * What counts as received of a client that does not acknowledge, while bytes wait in its outlet: an event does once its
 * bytes have left the process, and not before.
 */
export class Receipts {
  readonly #session: Session;
  readonly #outlet: Outlet;
  readonly #deliveries: Deliveries;

  constructor(session: Session, outlet: Outlet) {
    this.#session = session;
    this.#outlet = outlet;
    this.#deliveries = new Deliveries(outlet.pendingBytes);
  }

  /** Counts bytes that were handed to the outlet. */
  written(bytes: number): void {
    this.#deliveries.written(bytes);
  }

  /** Notes that what was handed to the outlet ends with the event at a position. */
  note(position: number): void {
    this.#deliveries.note(position);
    this.left();
  }

  /** Looks what has left meanwhile. */
  left(): void {
    const position = this.#deliveries.left(this.#outlet.pendingBytes);
    if (position !== undefined && !this.#session.acknowledges) guess(this.#session, position);
  }
}

/**
 * Counts what a session has taken and its outlet was given; as received, if the kernel took it immediately.
 *
 * @returns the receipts to continue with; undefined while none are needed, as for nearly every reader that keeps up.
 */
export function count(
  session: Session,
  outlet: Outlet,
  receipts: Receipts | undefined,
): Receipts | undefined {
  if (outlet.pendingBytes === 0) {
    guess(session, session.taken);
    return undefined;
  }
  const kept = receipts ?? new Receipts(session, outlet);
  kept.note(session.taken);
  return kept;
}

/** Counts what a session has taken as received, since it has left the process. */
export function guess(session: Session, position: number): void {
  session.ack(position);
  const context = contextOf(session);
  if (context !== undefined) context.guessed = true;
}
