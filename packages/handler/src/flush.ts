import type { DeliveryGroup, GroupWriter } from '@cometkit/core';
import type { EncodeCache } from './encode-cache.ts';
import type { Outlet } from './http.ts';
import { contextOf } from './session-context.ts';
import type { Totals } from './totals.ts';
import { sliceMs } from './turns.ts';

/** Something that has items to write. Its `flush` never throws. */
export interface Flushable {
  flush(): void;
}

/** How long a flush may wait for more events, in milliseconds, and the clock and timer for it. */
export interface FlushWindow {
  /** 0 for no time. */
  readonly ms: number;
  now(): number;
  later(task: () => void, delayMs: number): () => void;
}

/**
 * The size of one write; larger batches would only wait in the outlet. Together with what a congested outlet buffers
 * (16 KiB of a socket), a reader that takes nothing costs 64 KiB, most of it shared with others.
 */
export const batchLimits = { items: 256, bytes: 49_152 } as const;

// A flush shorter than this delays nobody. In milliseconds.
const longMs = 0.5;
// How many sinks are prefetched before they are written to one after the other.
const together = 16;

/**
 * Runs one flush per turn of the event loop for everything that became dirty in it; under load one per window.
 *
 * @remarks
 * Nearly all the cost of a delivery is its system call, so events that leave together cost little more than one. A turn
 * joins what is published at once; the window joins what follows a flush that took long, and an idle server never
 * waits. With one event per turn to 1,000 streams this raises 100 thousand deliveries a second to millions (`npm run
 * bench`, T).
 *
 * What a flush makes dirty is flushed in the next turn. A turn takes 5 ms of delivery groups and 5 ms of single sessions, in batches;
 * a large group goes on in the next turn with the members that have not had their bytes;
 * a crowd that catches up takes turns, batch by batch, and so asks for the same batch at nearly the same time.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void;
  readonly #flushed: (ms: number) => void;
  readonly #window: FlushWindow;
  // First, so that sessions that must be served alone may join a group afterwards.
  #groups: Flushable[] = [];
  #dirty: Flushable[] = [];
  #startedAt = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  #sliceAt = 0;
  #drains = false;
  #scheduled = false;
  readonly #run = (): void => this.#flush();

  /** @param flushed - called after each flush with the time that it took, in milliseconds. */
  constructor(defer: (task: () => void) => void, flushed: (ms: number) => void, window: FlushWindow) {
    this.#defer = defer;
    this.#flushed = flushed;
    this.#window = window;
  }

  /** Schedules a flush at the end of this turn or window. The caller must add an object only once. */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable);
    this.#schedule();
  }

  /** Schedules a delivery group; groups are flushed before single sessions. */
  addGroups(flushable: Flushable): void {
    this.#groups.push(flushable);
    this.#schedule();
  }

  /** Schedules the rest of what has had its share of this turn. The caller must add an object only once. */
  again(flushable: Flushable): void {
    this.#dirty.push(flushable);
    this.#scheduleNext();
  }

  /** As {@link again}, for delivery groups. */
  groupsAgain(flushable: Flushable): void {
    this.#groups.push(flushable);
    this.#scheduleNext();
  }

  /** Flushes everything that is dirty, now and without a break. */
  drain(): void {
    this.#drains = true;
    this.#flush();
    this.#drains = false;
  }

  /** True while there is no next turn for the rest. */
  get drains(): boolean {
    return this.#drains;
  }

  /** True once this turn has had its share. */
  get late(): boolean {
    return !this.#drains && this.#window.now() - this.#sliceAt >= sliceMs;
  }

  #flush(): void {
    this.#scheduled = false;
    const groups = this.#groups;
    this.#groups = [];
    this.#startedAt = this.#sliceAt = this.#window.now();
    for (const flushable of groups) flushable.flush();
    // Includes sessions that have just left their groups.
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#sliceAt = this.#window.now();
    let done = 0;
    while (done < dirty.length && (done === 0 || !this.late)) {
      dirty[done]?.flush();
      done += 1;
    }
    if (done < dirty.length) {
      this.#dirty = [...dirty.slice(done), ...this.#dirty];
      this.#scheduleNext();
    }
    this.#endedAt = this.#window.now();
    this.#flushed(this.#endedAt - this.#startedAt);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    const window = this.#window;
    const wasLong = this.#endedAt - this.#startedAt >= longMs;
    if (!wasLong || window.now() - this.#endedAt >= window.ms) {
      this.#scheduleNext();
      return;
    }
    this.#scheduled = true;
    window.later(this.#run, window.ms);
  }

  #scheduleNext(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(this.#run);
  }
}

/** What the writer of delivery groups needs of the hub output. */
interface WayOut {
  readonly flusher: Flusher;
  readonly totals: Totals;
  report(error: unknown, where: string): void;
}

/** A batch on its way to the members of a group. */
interface Delivery {
  readonly bytes: Uint8Array;
  /** The first slot that was not written to yet. */
  next: number;
}

/** How far the service of a group has come in a turn: a `halfway` batch goes on before anything else of its writer. */
type Served = 'done' | 'more' | 'halfway';

/**
 * Writes the waiting events of the delivery groups of one format: all streams of a group get the same bytes.
 *
 * @remarks
 * When the turn has had its share, the rest of the members, and of the groups, get theirs in the next one: 10,000 writes take 100 ms.
 */
export class StreamWriter implements GroupWriter<Outlet>, Flushable {
  readonly #encoder: EncodeCache;
  readonly #out: WayOut;
  #groups: DeliveryGroup<Outlet>[] = [];
  // Of the first group, from one turn to the next.
  #halfway: Delivery | undefined = undefined;
  #seen = 0;

  constructor(encoder: EncodeCache, out: WayOut) {
    this.#encoder = encoder;
    this.#out = out;
  }

  wake(group: DeliveryGroup<Outlet>): void {
    this.#groups.push(group);
    if (this.#groups.length === 1) this.#out.flusher.addGroups(this);
  }

  flush(): void {
    const groups = this.#groups;
    this.#groups = [];
    const rest = this.#serveAll(groups);
    if (rest.length === 0) return;
    const scheduled = this.#groups.length > 0;
    this.#groups.unshift(...rest);
    if (!scheduled) this.#out.flusher.groupsAgain(this);
  }

  // Returns those that have to be served again, in their order: one that has had a batch comes behind the others.
  #serveAll(groups: readonly DeliveryGroup<Outlet>[]): DeliveryGroup<Outlet>[] {
    const again: DeliveryGroup<Outlet>[] = [];
    for (const [at, group] of groups.entries()) {
      if (at > 0 && this.#out.flusher.late) return [...groups.slice(at), ...again];
      const served = this.#serve(group);
      if (served === 'halfway') return [...groups.slice(at), ...again];
      if (served === 'more') again.push(group);
    }
    return again;
  }

  #serve(group: DeliveryGroup<Outlet>): Served {
    const halfway = this.#halfway;
    this.#halfway = undefined;
    try {
      for (
        let delivery = halfway ?? this.#begin(group);
        delivery !== undefined;
        delivery = this.#begin(group)
      ) {
        if (!this.#write(group, delivery)) {
          this.#halfway = delivery;
          return 'halfway';
        }
        if (this.#out.flusher.late) return 'more';
      }
    } catch (error) {
      this.#out.report(error, 'the writer of a delivery group');
      group.failed();
    }
    return 'done';
  }

  #begin(group: DeliveryGroup<Outlet>): Delivery | undefined {
    const batch = group.take(batchLimits.items, batchLimits.bytes);
    if (batch.length === 0) return undefined;
    const bytes = this.#encoder.batch(batch);
    this.#out.totals.streamBytes += bytes.length * group.size;
    return { bytes, next: 0 };
  }

  // Returns false when the turn has had its share before the last member had the batch. The objects of a stream have left the CPU caches
  // since its last event, and each system call would wait for them. Touching several outlets first loads them in parallel: 4 % of a
  // delivery (bench A).
  #write(group: DeliveryGroup<Outlet>, delivery: Delivery): boolean {
    const { sinks } = group;
    while (delivery.next < sinks.length) {
      const start = delivery.next;
      delivery.next = Math.min(start + together, sinks.length);
      // Stored, because otherwise the compiler would remove the read.
      for (let slot = start; slot < delivery.next; slot += 1) this.#seen ^= sinks[slot]?.pendingBytes ?? 0;
      for (let slot = start; slot < delivery.next; slot += 1) this.#writeTo(group, slot, delivery.bytes);
      if (delivery.next < sinks.length && this.#out.flusher.late) return false;
    }
    group.delivered();
    return true;
  }

  #writeTo(group: DeliveryGroup<Outlet>, slot: number, bytes: Uint8Array): void {
    const outlet = group.sinks[slot];
    if (outlet === undefined) return;
    group.serving = slot;
    if (!outlet.write(bytes)) leaveBehind(group, slot);
    else if (outlet.pendingBytes > 0) group.lingers(slot);
  }
}

function leaveBehind(group: DeliveryGroup<Outlet>, slot: number): void {
  const session = group.fellBehind(slot);
  if (session !== undefined) contextOf(session)?.stream?.fellBehind();
}

/** An outlet whose bytes go to another outlet that it shares. */
export interface CarriedOutlet extends Outlet {
  /** The outlet that takes the bytes, until this one is ended or closed. */
  readonly carrier: Outlet;
}

/** Returns the sink that a group writes to for an outlet: the less indirection, the better. */
export function sinkOf(outlet: Outlet | CarriedOutlet): Outlet {
  return 'carrier' in outlet ? outlet.carrier : outlet;
}
