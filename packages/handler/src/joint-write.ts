import type { Cohort, Joint, Wakeable } from '@cometkit/core';
import type { EncodeOnce } from './encode-once.ts';
import type { Flusher, JointFlushable } from './flush.ts';
import type { Outlet } from './http.ts';
import type { Totals } from './totals.ts';

/**
 * One write's worth: larger batches would only wait in the outlet. With what an outlet holds when it is congested (16 KiB
 * of a socket) a reader that takes nothing costs 64 KiB, and most of that is shared with others.
 */
export const batchLimits = { items: 256, bytes: 49_152 } as const;

/** What a joint write needs of the way out of a hub. */
interface WayOut {
  readonly flusher: Flusher;
  readonly totals: Totals;
  report(error: unknown, where: string): void;
}

/** The streams of one format, which are given the same bytes for the same items. */
export class JointStreams implements Joint<Outlet> {
  readonly #encoder: EncodeOnce;
  readonly #out: WayOut;

  constructor(encoder: EncodeOnce, out: WayOut) {
    this.#encoder = encoder;
    this.#out = out;
  }

  writer(cohort: Cohort<Outlet>): Wakeable {
    return new JointWriter(cohort, this.#encoder, this.#out);
  }
}

/** Writes what waits in a cohort to all outlets, at the end of the turn. */
class JointWriter implements Wakeable, JointFlushable {
  readonly #cohort: Cohort<Outlet>;
  readonly #encoder: EncodeOnce;
  readonly #out: WayOut;

  constructor(cohort: Cohort<Outlet>, encoder: EncodeOnce, out: WayOut) {
    this.#cohort = cohort;
    this.#encoder = encoder;
    this.#out = out;
  }

  wake(): void {
    this.#out.flusher.addJoint(this);
  }

  flush(): void {
    try {
      while (this.#write());
    } catch (error) {
      this.#out.report(error, 'a joint write');
      this.#cohort.dissolve();
    }
  }

  #write(): boolean {
    const items = this.#cohort.take(batchLimits.items, batchLimits.bytes);
    if (items.length === 0) return false;
    const bytes = this.#encoder.batch(items);
    this.#out.totals.streamBytes += bytes.length * this.#cohort.size;
    this.#cohort.deliver((outlet) => outlet.write(bytes) && outlet.pendingBytes === 0, peekAt);
    return true;
  }
}

function peekAt(outlet: Outlet): number {
  return outlet.peek?.() ?? 0;
}
