import type { Appended, Batch, FrameEntry, LogSource } from './engine-port.ts';
import { CometError } from './errors.ts';
import type { CometEvent } from './event.ts';
import type { Pending } from './publication.ts';
import type { ControlEntry } from './tail-log.ts';

/** What an entry takes beside its texts, in characters. */
export const parcelOverhead = 64;

/** What an entry has become once it has its place, on a node that reads the log. */
export type Found = CometEvent | ControlEntry;

/** An entry on its way to the log. */
export interface Parcel<F = Found> {
  readonly entry: FrameEntry;
  /** By which the engine knows it again. */
  readonly key: string | undefined;
  readonly pending: Pending<F>;
  /** Since when it waits, in monotonic milliseconds. */
  readonly at: number;
  /** Characters. */
  readonly size: number;
}

interface Sent<F> {
  readonly batch: Batch;
  readonly parcels: readonly Parcel<F>[];
  appended: Appended | undefined;
  /** True when the log has begun another life since it was sent: some nodes may have it, and must not get it again. */
  doubtful: boolean;
}

/** Where entries come from again, and who hears of those that do not. */
interface Surroundings<F> {
  readonly log: { readonly epoch: string; readonly tail: number };
  /** Gives what stands at a position, or stood there. */
  find(position: number, parcel: Parcel<F>): F | undefined;
  failed(parcel: Parcel<F>, error: Error): void;
}

type Find<F> = (index: number, parcel: Parcel<F>) => F | undefined;

const maxEntries = 256;
const maxChars = 256 * 1024;
// What may wait for the engine.
const maxWaiting = 10_000;
const maxWaitingChars = 16 * 1024 * 1024;
const maxWaitMs = 5000;
const uncertainMs = 30_000;

/**
 * Sends entries to the engine, in order: one batch at a time. What has been accepted is kept until it has come back through the
 * tail of the log, and is sent again under the same number when the engine has failed.
 */
export class Outgoing<F = Found> {
  readonly #source: Pick<LogSource, 'append'>;
  readonly #around: Surroundings<F>;
  #queue: Parcel<F>[] = [];
  #sent: Sent<F>[] = [];
  #count = 0;
  #chars = 0;
  #seq = 0;
  #busy = false;
  // Until a tick, after a failure; before the start, too.
  #paused = true;
  #started = false;
  #idle: (() => void)[] = [];
  #underWay: Sent<F> | undefined = undefined;
  readonly #past = new Set<string>();

  constructor(source: Pick<LogSource, 'append'>, around: Surroundings<F>) {
    this.#source = source;
    this.#around = around;
  }

  /** Sends from now on. */
  start(): void {
    this.#started = true;
    this.#paused = false;
    this.#schedule();
  }

  /** @throws {CometError} `too-busy` — too much waits for the engine, or for too long. */
  checkRoom(now: number): void {
    const oldest = this.#sent[0]?.parcels[0] ?? this.#queue[0];
    const late = oldest !== undefined && now - oldest.at > maxWaitMs;
    if (this.#count < maxWaiting && this.#chars < maxWaitingChars && !late) return;
    throw new CometError('too-busy', 'the engine does not keep up', { limit: maxWaiting });
  }

  add(parcel: Parcel<F>): void {
    this.#queue.push(parcel);
    this.#count += 1;
    this.#chars += parcel.size;
    this.#schedule();
  }

  /** True when nothing waits. */
  get idle(): boolean {
    return this.#count === 0;
  }

  /** Everything published so far is accepted or has failed. */
  settled(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** A batch of this node has come through the tail. */
  cameBack(seq: number, entries: readonly (F | undefined)[]): void {
    const sent = this.#sent.find(({ batch }) => batch.seq === seq);
    if (sent !== undefined) this.#settle(sent, (index) => entries[index]);
  }

  /** The tail has moved: what was to stand in places that it has passed has another copy, or is gone. */
  passed(): void {
    const { log, find } = this.#around;
    for (const sent of [...this.#sent]) {
      const { appended, parcels } = sent;
      if (appended === undefined || appended.epoch !== log.epoch || appended.first === 0) continue;
      if (appended.first + parcels.length - 1 > log.tail) continue;
      this.#settle(sent, (index, parcel) =>
        appended.repeated ? find(appended.first + index, parcel) : undefined,
      );
    }
  }

  /**
   * The log has begun another life. What was sent and has not come back may have reached other nodes before: sent again, their
   * clients would get it twice. So it counts as lost, and everybody has the gap.
   */
  renewed(before: string, epoch: string): void {
    this.#past.add(before);
    for (const sent of [...this.#sent]) {
      if (sent.appended?.epoch === epoch) continue;
      sent.doubtful = true;
      if (sent !== this.#underWay) this.#settle(sent, () => undefined);
    }
  }

  /** Tries again after a failure, and gives up what has waited for too long. */
  tick(now: number): void {
    const over = (parcel: Parcel<F> | undefined) => parcel !== undefined && now - parcel.at > uncertainMs;
    while (over(this.#sent[0]?.parcels[0])) this.#settle(this.#sent[0] as Sent<F>, () => undefined, true);
    const lost = this.#queue.findIndex((parcel) => !over(parcel));
    for (const parcel of this.#queue.splice(0, lost < 0 ? this.#queue.length : lost)) this.#fail(parcel);
    this.#paused = !this.#started;
    this.#schedule();
  }

  /** Gives up everything. */
  close(error: Error): void {
    const parcels = [...this.#sent.flatMap((sent) => sent.parcels), ...this.#queue];
    this.#sent = [];
    this.#queue = [];
    for (const parcel of parcels) this.#fail(parcel, error);
  }

  // All that is published in one turn goes together.
  #schedule(): void {
    if (this.#busy || this.#paused) return;
    this.#busy = true;
    void Promise.resolve().then(() => this.#run());
  }

  async #run(): Promise<void> {
    for (let sent = this.#next(); sent !== undefined && !this.#paused; sent = this.#next()) {
      this.#underWay = sent;
      try {
        this.#answered(sent, await this.#source.append(sent.batch));
      } catch {
        if (sent.doubtful) this.#settle(sent, () => undefined);
        this.#paused = true;
      }
      this.#underWay = undefined;
    }
    this.#busy = false;
  }

  #answered(sent: Sent<F>, appended: Appended): void {
    // A life that has ended meanwhile has taken it along, unless it came back before.
    if (this.#past.has(appended.epoch)) {
      this.#settle(sent, () => undefined);
      return;
    }
    sent.appended = appended;
    if (appended.repeated) this.passed();
  }

  #next(): Sent<F> | undefined {
    const again = this.#sent.find(({ appended }) => appended === undefined);
    if (again !== undefined || this.#queue.length === 0) return again;
    const parcels = this.#queue.splice(0, fitting(this.#queue));
    this.#seq += 1;
    const key = parcels[0]?.key;
    const entries = parcels.map(({ entry }) => entry);
    const sent: Sent<F> = {
      batch: { seq: this.#seq, key, entries },
      parcels,
      appended: undefined,
      doubtful: false,
    };
    this.#sent.push(sent);
    return sent;
  }

  #settle(sent: Sent<F>, find: Find<F>, late = false): void {
    if (!this.#sent.includes(sent)) return;
    this.#sent = this.#sent.filter((other) => other !== sent);
    const again: Parcel<F>[] = [];
    for (const [index, parcel] of sent.parcels.entries()) {
      const found = find(index, parcel);
      if (found !== undefined) {
        this.#release(parcel);
        parcel.pending.resolve(found);
        // A change of a session may be made twice, an event may not.
      } else if (parcel.entry.kind === 'control' && !late) again.push(parcel);
      else this.#fail(parcel);
    }
    this.#queue.unshift(...again);
    this.#schedule();
  }

  #fail(parcel: Parcel<F>, error: Error = uncertain()): void {
    this.#release(parcel);
    parcel.pending.reject(error);
    this.#around.failed(parcel, error);
  }

  #release({ size }: Parcel<F>): void {
    this.#count -= 1;
    this.#chars -= size;
    if (this.#count > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

// One with a key goes alone.
function fitting(queue: readonly Pick<Parcel, 'key' | 'size'>[]): number {
  let chars = 0;
  let count = 0;
  for (const { key, size } of queue) {
    chars += size;
    if (count > 0 && (key !== undefined || count === maxEntries || chars > maxChars)) break;
    count += 1;
    if (key !== undefined) break;
  }
  return count;
}

function uncertain(): CometError {
  return new CometError('uncertain', 'the engine did not answer in time: it may have the event', {});
}
