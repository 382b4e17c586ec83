import type { Session } from '@cometkit/core';
import type { Outlet } from '../http.ts';
import { contextOf } from '../session-context.ts';
import { Deliveries } from './deliveries.ts';

/**
 * What counts as received of a client that does not acknowledge: an event does once its bytes have left the process, and
 * not before. As a rule the kernel has taken them at once.
 */
export class Receipts {
  readonly #session: Session;
  readonly #outlet: Outlet;
  #deliveries: Deliveries | undefined = undefined;
  // Whether anything was counted so.
  #guessed = false;

  constructor(session: Session, outlet: Outlet) {
    this.#session = session;
    this.#outlet = outlet;
  }

  /** Counts bytes that were handed to the outlet. */
  written(bytes: number): void {
    this.#deliveries?.written(bytes);
  }

  /** Notes that what was handed to the outlet ends with the event at a position. */
  note(position: number): void {
    const { pendingBytes } = this.#outlet;
    if (pendingBytes === 0) {
      this.#deliveries = undefined;
      this.#guess(position);
      return;
    }
    this.#deliveries ??= new Deliveries(pendingBytes);
    this.#deliveries.note(position);
    this.left();
  }

  /** Looks what has left meanwhile. */
  left(): void {
    const position = this.#deliveries?.left(this.#outlet.pendingBytes);
    if (position !== undefined && !this.#session.acknowledges) this.#guess(position);
  }

  #guess(position: number): void {
    this.#session.confirm(position);
    if (this.#guessed) return;
    this.#guessed = true;
    const context = contextOf(this.#session);
    if (context !== undefined) context.guessed = true;
  }
}
