import type { LogSink } from '@cometkit/core/cluster';
import { Connection, type Reply } from './connection.ts';
import { type FrameHead, type StreamEntry, toFrame, toStreamEntries } from './frame.ts';
import type { Health } from './health.ts';
import type { Keys } from './keys.ts';
import { Link } from './link.ts';
import { type Found, lifeValues, lookAt, lookOver, type Place } from './place.ts';
import { explain } from './refusal.ts';
import { heal } from './scripts.ts';
import type { Settings } from './settings.ts';

/** Reads the letters that came with an answer. */
export interface Letters {
  readonly key: string;
  /** Where the next read begins. */
  readonly from: string;
  take(entries: Reply): void;
  /** The box may be a new one. */
  begin(): void;
}

const readCount = 16;
const windowCount = 64;
const maxNodes = 4096;

/** Follows the log, and notices whatever the engine has lost: chain and rejoin are here, pulse and floor beside. */
export class Tail {
  readonly #settings: Settings;
  readonly #keys: Keys;
  readonly #health: Health;
  readonly #letters: Letters;
  readonly #link: Link;
  readonly #seqs = new Map<string, number>();
  #sink: LogSink | undefined;
  #place: Place = { epoch: '', at: 0, tag: undefined };
  #malformed = 0;
  #interrupted = false;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(settings: Settings, keys: Keys, given: { readonly health: Health; readonly letters: Letters }) {
    this.#settings = settings;
    this.#keys = keys;
    this.#health = given.health;
    this.#letters = given.letters;
    const [least, most] = settings.retryMs;
    this.#link = new Link(() => Connection.open(settings.client, settings.commandMs), { least, most });
  }

  get place(): Place {
    return this.#place;
  }

  /** Frames and entries that nobody could read. */
  get malformed(): number {
    return this.#malformed;
  }

  /**
   * Gives the window, then follows.
   *
   * @returns once the window is there.
   * @throws {Error} — the engine refuses in a way that no waiting cures.
   */
  start(sink: LogSink): Promise<void> {
    this.#sink = sink;
    return new Promise((resolve, reject) => {
      void this.#run(resolve, reject);
    });
  }

  /** Something is wrong that a blocked read cannot see: reads anew. */
  interrupt(): void {
    this.#interrupted = true;
    this.#link.drop();
  }

  stop(): void {
    this.#stopped = true;
    this.#link.stop();
    this.#wake?.();
  }

  async #run(started: () => void, refused: (error: Error) => void): Promise<void> {
    let failures = 0;
    let begun = false;
    while (!this.#stopped) {
      try {
        const connection = await this.#link.get();
        if (begun) await this.#rejoin(connection);
        else await this.#begin(connection);
        begun = true;
        failures = 0;
        started();
        await this.#follow(connection);
      } catch (error) {
        if (this.#stopped) return refused(new Error('the cluster has stopped'));
        const refusal = explain(error, this.#settings.address);
        if (refusal.final && !begun) return refused(new Error(refusal.line, { cause: error }));
        failures = this.#interrupted ? 0 : failures + 1;
        if (!this.#interrupted) this.#health.failed(refusal);
        this.#interrupted = false;
        this.#link.drop();
        await this.#pause(failures);
      }
    }
    refused(new Error('the cluster has stopped'));
  }

  #pause(failures: number): Promise<void> {
    const [least, most] = this.#settings.retryMs;
    const wait = failures === 0 ? 0 : Math.min(least * 2 ** (failures - 1), most);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // What stands at the place must be what this node has read there.
  async #rejoin(connection: Connection): Promise<void> {
    await this.#settle(connection, await this.#look(connection));
  }

  async #follow(connection: Connection): Promise<void> {
    const { blockMs, commandMs } = this.#settings;
    const { log } = this.#keys;
    while (!this.#stopped) {
      const from = ['STREAMS', log, this.#letters.key, idOf(this.#place.at), this.#letters.from];
      const read = ['XREAD', 'COUNT', String(readCount), 'BLOCK', String(blockMs), ...from];
      const reply = await connection.send(read, blockMs + commandMs);
      this.#health.heard('reader');
      for (const [key, entries] of (reply ?? []) as readonly (readonly [string, Reply])[]) {
        if (key === log) await this.#takeAll(connection, toStreamEntries(entries));
        else this.#letters.take(entries);
      }
    }
  }

  // The rest is read again once the place is another one.
  async #takeAll(connection: Connection, entries: readonly StreamEntry[]): Promise<void> {
    for (const entry of entries) if (!(await this.#take(connection, entry))) return;
  }

  /** @returns whether the entries after it can be taken, too. */
  async #take(connection: Connection, entry: StreamEntry): Promise<boolean> {
    const { last, head, text } = entry;
    if (last === undefined || head === undefined) return this.#skip(connection, last);
    const { epoch, at, tag } = this.#place;
    if (head.epoch !== epoch) return this.#change(connection, last);
    const first = last - head.count + 1;
    const follows = first > at + 1 || (first === at + 1 && (tag === undefined || tag === head.before));
    if (!follows) {
      await this.#settle(connection, await this.#look(connection, true));
      return false;
    }
    if (first > at + 1) this.#sink?.hole(at + 1, first - 1);
    this.#place = { epoch, at: last, tag: head.tag };
    this.#give(head, last, text);
    return true;
  }

  #give(head: FrameHead, last: number, text: string): void {
    const frame = toFrame(head, last, text);
    if (frame === undefined) this.#malformed += 1;
    if (frame === undefined || this.#isRepeated(head)) this.#sink?.hole(last - head.count + 1, last);
    else this.#sink?.accept(frame);
  }

  // An engine that has forgotten the seqs takes a frame again which only its own node has not read.
  #isRepeated({ node, seq }: FrameHead): boolean {
    if (seq <= (this.#seqs.get(node) ?? 0)) return true;
    this.#seqs.set(node, seq);
    if (this.#seqs.size > maxNodes) {
      const [oldest] = this.#seqs.keys();
      if (oldest !== undefined) this.#seqs.delete(oldest);
    }
    return false;
  }

  // An entry of another epoch: of the next one, or of none that the engine knows.
  async #change(connection: Connection, last: number): Promise<boolean> {
    const found = await this.#look(connection);
    if (found.epoch === this.#place.epoch) return this.#skip(connection, last);
    await this.#settle(connection, found);
    return false;
  }

  // What stands behind the log's end is not from a node, and would keep the next frame out.
  async #skip(connection: Connection, last: number | undefined): Promise<boolean> {
    this.#malformed += 1;
    const keys = [this.#keys.meta, this.#keys.log];
    const values = lifeValues(this.#place);
    const end = Number(await connection.run(heal, { keys, values }, this.#settings.commandMs));
    if (last === undefined || last > end) return false;
    this.#miss(last, undefined);
    return true;
  }

  #miss(last: number, tag: number | undefined): void {
    const { epoch, at } = this.#place;
    if (last <= at) return;
    this.#sink?.hole(at + 1, last);
    this.#place = { epoch, at: last, tag };
  }

  #look(connection: Connection, strange = false): Promise<Found> {
    const { commandMs } = this.#settings;
    return lookAt(lookOver(connection, commandMs), this.#place, { keys: this.#keys, strange });
  }

  async #settle(connection: Connection, found: Found): Promise<void> {
    if (found.epoch === '') throw new Error(found.refusal);
    if (found.epoch === this.#place.epoch) {
      if (!found.more) this.#miss(found.last, found.tag);
      return;
    }
    await this.#finish(connection, found.base);
    this.#place = { epoch: found.epoch, at: found.base, tag: found.baseTag };
    this.#letters.begin();
    this.#sink?.renew(found.epoch, found.base, found.baseTag);
  }

  // What the last epoch still holds comes before the next one begins.
  async #finish(connection: Connection, end: number): Promise<void> {
    const { epoch } = this.#place;
    while (!this.#stopped && this.#place.at < end) {
      const entries = await this.#range(connection, this.#place.at, end);
      const known = entries.filter(({ last, head }) => last !== undefined && head?.epoch === epoch);
      for (const { last, head, text } of known) {
        if (last === undefined || head === undefined) continue;
        if (last - head.count > this.#place.at) this.#miss(last - head.count, undefined);
        const { at, tag } = this.#place;
        if (last - head.count !== at || (tag !== undefined && tag !== head.before)) return;
        this.#place = { epoch, at: last, tag: head.tag };
        this.#give(head, last, text);
      }
      if (known.length === 0) return;
    }
  }

  async #begin(connection: Connection): Promise<void> {
    this.#seqs.clear();
    this.#place = { epoch: '', at: 0, tag: undefined };
    const found = await this.#look(connection);
    if (found.epoch === '') throw new Error(found.refusal);
    const from = Math.max(found.base, found.last - this.#settings.log.maxEvents);
    const entries = await this.#range(connection, from, found.last);
    const first = entries.find(({ last, head }) => last !== undefined && head?.epoch === found.epoch);
    const begin = first === undefined ? found.last : (first.last ?? 0) - (first.head?.count ?? 0);
    const tag = first?.head?.before ?? found.tag;
    this.#place = { epoch: found.epoch, at: begin, tag };
    this.#sink?.renew(found.epoch, begin, tag);
    await this.#load(connection, found.last);
  }

  async #load(connection: Connection, end: number): Promise<void> {
    while (!this.#stopped && this.#place.at < end) {
      const entries = await this.#range(connection, this.#place.at, end);
      if (entries.length === 0) return;
      await this.#takeAll(connection, entries);
    }
  }

  async #range(connection: Connection, after: number, end: number): Promise<StreamEntry[]> {
    const range = ['XRANGE', this.#keys.log, `(${idOf(after)}`, idOf(end), 'COUNT', String(windowCount)];
    return toStreamEntries(await connection.send(range, this.#settings.commandMs));
  }
}

function idOf(position: number): string {
  return `1-${position}`;
}
