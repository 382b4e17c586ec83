import type { Appended, Batch, Cluster, Inbox } from '@cometkit/core/cluster';
import { ModelRecords } from './model-records.ts';
import { type Entry, ModelSource } from './model-source.ts';

/** How a model of an engine keeps its time and rolls its dice. */
export interface EngineModelOptions {
  /** Runs a task after a delay in milliseconds. @defaultValue `delayMs` is ignored: the next turn of the promises */
  readonly later?: ((task: () => void, delayMs: number) => void) | undefined;
  /** How long the next step of the engine or of a tail takes, in milliseconds. @defaultValue 0 */
  readonly latencyMs?: (() => number) | undefined;
  /** The clock of the engine, in Unix milliseconds. @defaultValue 0 */
  readonly time?: (() => number) | undefined;
  /** Frames that it keeps. @defaultValue all */
  readonly maxFrames?: number | undefined;
}

interface Data {
  epoch: string | undefined;
  position: number;
  floor: number;
  floorTag: number;
  entries: Entry[];
  seqs: Map<string, { readonly seq: number; readonly first: number }>;
  keys: Map<string, number>;
}

const nothing = (): Data => ({
  epoch: undefined,
  position: 0,
  floor: 0,
  floorTag: 0,
  entries: [],
  seqs: new Map(),
  keys: new Map(),
});

/**
 * An engine in memory that nodes of a cluster share, for tests: what Redis or NATS does with their log, their records and their
 * letters, and every accident that those have. It does nothing at random by itself: a test decides, with a seed or by hand.
 */
export class EngineModel {
  readonly #later: (task: () => void, delayMs: number) => void;
  readonly #latencyMs: () => number;
  readonly time: () => number;
  readonly #maxFrames: number;
  readonly #sources = new Map<string, ModelSource>();
  readonly #inboxes = new Map<string, (text: string) => void>();
  readonly #records: ModelRecords;
  #data: Data = nothing();
  #saved: Data | undefined;
  #lives = 0;
  #highest = 0;
  #tags = 0;
  /** The next appends are accepted, but their answers are lost. */
  answersToLose = 0;
  /** The next appends are refused, and not accepted. */
  toRefuse = 0;

  constructor(options: EngineModelOptions = {}) {
    this.#later = options.later ?? ((task) => void Promise.resolve().then(task));
    this.#latencyMs = options.latencyMs ?? (() => 0);
    this.time = options.time ?? (() => 0);
    this.#records = new ModelRecords(this.time);
    this.#maxFrames = options.maxFrames ?? Number.POSITIVE_INFINITY;
  }

  /** @internal Of the present life. */
  get epoch(): string | undefined {
    return this.#data.epoch;
  }

  /** The position of the newest entry. */
  get position(): number {
    return this.#data.position;
  }

  /** Frames that it holds. */
  get frames(): number {
    return this.#data.entries.filter(({ frame }) => frame !== undefined).length;
  }

  /** Connects a node. @param id - unlike those of all others, also of earlier lives of the node. */
  node(id: string): Cluster {
    const log = new ModelSource(this, id);
    this.#sources.set(id, log);
    const sessions = this.#records.store((act) =>
      this.#sources.get(id) === log ? this.#step(act) : Promise.reject(new Error('the node has stopped')),
    );
    const inbox: Inbox = {
      receive: (listener) => void this.#inboxes.set(id, listener),
      send: (to, text) => {
        if (this.#sources.get(id) === log)
          this.#later(() => this.#inboxes.get(to)?.(text), this.#latencyMs());
      },
    };
    const secrets = ['the secret that all nodes of a model share'] as const;
    const stop = () => Promise.resolve(this.stop(id));
    return { node: id, secrets, log, sessions, inbox, stop };
  }

  /** A node is gone: nothing reaches it any more. */
  stop(id: string): void {
    this.#sources.get(id)?.stop();
    this.#sources.delete(id);
    this.#inboxes.delete(id);
  }

  /** A node gets nothing of the log for now, but may append: its tail is late. */
  hold(id: string): void {
    this.#sources.get(id)?.hold(true);
  }

  /** It gets everything again. */
  release(id: string): void {
    this.#sources.get(id)?.hold(false);
  }

  /** A node reaches nothing: appends fail, the tail stands still. */
  cut(id: string): void {
    this.#sources.get(id)?.cut(true);
  }

  /** It reaches everything again. */
  heal(id: string): void {
    this.#sources.get(id)?.cut(false);
  }

  /** Remembers the state of the log for {@link setBack}. */
  save(): void {
    const { entries, seqs, keys } = this.#data;
    this.#saved = { ...this.#data, entries: [...entries], seqs: new Map(seqs), keys: new Map(keys) };
  }

  /** The log is as it was when it was saved: a replica that was behind has taken over. */
  setBack(): void {
    if (this.#saved === undefined) return;
    this.#data = this.#saved;
    this.#saved = undefined;
    this.pump();
  }

  /** Everything in the log is gone, also what it knew of itself. Records stay. */
  flush(): void {
    this.#data = nothing();
    this.pump();
  }

  /** The node that has read most notices at once what the log has lost. */
  notice(): void {
    const seen = Math.max(0, ...[...this.#sources.values()].map(({ position }) => position));
    if (this.#data.epoch === undefined || seen > this.#data.position) this.#renew(seen);
  }

  /** The oldest entries are gone. */
  trim(count: number): void {
    const { entries } = this.#data;
    const gone = entries.splice(0, Math.min(count, Math.max(0, entries.length - 1))).at(-1);
    if (gone === undefined) return;
    this.#data.floor = gone.last;
    this.#data.floorTag = gone.tag;
  }

  /**
   * @internal Takes a batch of a node that has read up to a position of a life.
   *
   * @throws {Error} the node has still to hear of another life: what it sent in the last one may be known to other nodes.
   */
  take(node: string, seen: { readonly epoch: string; readonly position: number }, batch: Batch): Appended {
    if (this.#data.epoch === undefined || seen.position > this.#data.position) this.#renew(seen.position);
    if (seen.epoch !== this.#data.epoch) throw new Error('the log has begun another life');
    const { seqs, keys } = this.#data;
    const epoch = this.#data.epoch ?? '';
    const last = seqs.get(node);
    if (last !== undefined && last.seq >= batch.seq)
      return { epoch, first: last.seq === batch.seq ? last.first : 0, repeated: true };
    const known = batch.key === undefined ? undefined : keys.get(batch.key);
    const first = known ?? this.#data.position + 1;
    seqs.set(node, { seq: batch.seq, first });
    if (known !== undefined) return { epoch, first, repeated: true };
    if (batch.key !== undefined) keys.set(batch.key, first);
    const entries = structuredClone(batch.entries);
    const tag = this.#tag();
    const frame = { epoch, first, tag, time: this.time(), node, seq: batch.seq, entries };
    this.#add({ first, last: first + entries.length - 1, tag, epoch, frame });
    return { epoch, first, repeated: false };
  }

  /** @internal What follows the place of a reader. */
  after(place: { readonly position: number; readonly tag: number }): Entry | 'hole' | undefined {
    const { entries, floor, floorTag, epoch } = this.#data;
    const index = entries.findLastIndex(({ last, tag }) => last === place.position && tag === place.tag);
    if (index >= 0) return entries[index + 1];
    if (epoch !== undefined && place.position < floor) return 'hole';
    const atFloor = place.position === floor && (place.tag === 0 || place.tag === floorTag);
    if (epoch !== undefined && atFloor) return entries[0];
    const born = entries.findLast(({ frame }) => frame === undefined);
    if (epoch === undefined || born === undefined || born.last <= place.position) this.#renew(place.position);
    return this.#data.entries.findLast(({ frame }) => frame === undefined);
  }

  /** @internal The life that a new reader begins with, and where. */
  begin(): { readonly epoch: string; readonly position: number; readonly tag: number } {
    if (this.#data.epoch === undefined) this.#renew(0);
    const [oldest] = this.#data.entries;
    const epoch = oldest?.epoch ?? '';
    // A life that is there from its beginning begins with a place of its own.
    if (oldest !== undefined && oldest.frame === undefined)
      return { epoch, position: oldest.last, tag: oldest.tag };
    return { epoch, position: this.#data.floor, tag: this.#data.floorTag };
  }

  /** @internal Lets all tails go on. */
  pump(): void {
    for (const source of this.#sources.values()) this.later(() => source.pump());
  }

  /** @internal */
  later(task: () => void): void {
    this.#later(task, this.#latencyMs());
  }

  // No number is given again, as with engines whose lives begin with the time; the life itself takes the next one.
  #renew(seen: number): void {
    this.#lives += 1;
    this.#data.epoch = `life${this.#lives}`;
    const position = Math.max(seen, this.#data.position, this.#highest) + 1;
    const tag = this.#tag();
    this.#add({ first: position, last: position, tag, epoch: this.#data.epoch, frame: undefined });
  }

  #add(entry: Entry): void {
    this.#data.entries.push(entry);
    this.#data.position = entry.last;
    this.#highest = Math.max(this.#highest, entry.last);
    while (this.#data.entries.length > this.#maxFrames) this.trim(1);
    this.pump();
  }

  #tag(): number {
    this.#tags += 1;
    // Not the factor by which core mixes positions: the first tags would come to 0, which proves nothing.
    return Math.imul(this.#tags, 0x2c1b3c6d) >>> 0;
  }

  #step<T>(act: () => T): Promise<T> {
    return new Promise((resolve) => this.later(() => resolve(act())));
  }
}
