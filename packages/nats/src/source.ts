import type { Appended, Batch, EngineState, LogEnd, LogSink, LogSource } from '@cometkit/core/cluster';
import { Changes } from './changes.ts';
import { explain, hasCode, isFinal, isTimeout, isUnheard, Refusal } from './faults.ts';
import { type Delivered, Feed, type FeedReader } from './feed.ts';
import { stride } from './frame.ts';
import type { Health } from './health.ts';
import { type Lineage, type Lives, lifeAt, presentEpoch } from './life.ts';
import type { Link, LinkWatcher } from './link.ts';
import type { Names } from './names.ts';
import { lastPosition } from './place.ts';
import { publishFrame } from './publish-frame.ts';
import type { Stream } from './stream.ts';
import { Tail } from './tail.ts';
import type { Timings } from './timings.ts';

/** What a source works with. */
export interface SourceParts {
  readonly node: string;
  readonly names: Names;
  readonly link: Link;
  readonly stream: Stream;
  readonly lives: Lives;
  readonly health: Health;
  readonly timings: Timings;
  /** How long the server may take to answer at the start, in milliseconds. */
  readonly startMs: number;
  /** Told the time of the server, in Unix milliseconds. */
  readonly onTime: (time: number) => void;
}

const streamNotFound = 10059;
/** Requests without an answer after which the connection is made anew. */
const patience = 2;

/** The log in a stream of JetStream. */
export class NatsLog implements LogSource, FeedReader, LinkWatcher {
  readonly #parts: SourceParts;
  /** For those who wait for the log to be read again. */
  readonly #changes = new Changes();
  #sink: LogSink | undefined = undefined;
  #tail: Tail | undefined = undefined;
  #feed: Feed | undefined = undefined;
  /** What came before the stream was looked at once more. */
  #held: { readonly message: Delivered; readonly first: boolean }[] | undefined = undefined;
  #joined = false;
  #joining = false;
  /** Where the window ends that is loaded at the start; undefined once it is there. */
  #windowEnd: number | undefined = 0;
  /** The last batch that was sent. */
  #tried = 0;
  #unanswered = 0;
  #stuckAt = -1;
  #pulse: NodeJS.Timeout | undefined = undefined;
  #stopped = false;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    parts.link.watch(this);
  }

  async start(sink: LogSink): Promise<void> {
    const { link, stream, lives, startMs, health, timings } = this.#parts;
    const end = performance.now() + startMs;
    this.#sink = sink;
    this.#tail = new Tail(stream, lives, sink);
    this.#joining = true;
    await link.open(startMs);
    await this.#firstJoin(end);
    this.#joining = false;
    if (!this.#joined) this.#rejoin('lost at once');
    while (this.#windowEnd !== undefined) {
      if (this.#stopped) throw new Error('stopped before it had started');
      await this.#changes.next(startMs);
    }
    health.well();
    this.#pulse = setInterval(() => void this.#feel(), timings.pulseMs).unref();
  }

  async append(batch: Batch): Promise<Appended> {
    // What others may have read in one life they must not get in the next one: this is for the caller to know.
    const only = batch.seq === this.#tried ? this.#tail?.life : undefined;
    const { created } = await this.#lineageNow();
    const { life, sequence: read = 0 } = this.#tail ?? {};
    if (life === undefined) throw new Error('the log is not read');
    if (only !== undefined && life.epoch !== only.epoch) throw new Error('the log has begun another life');
    this.#tried = batch.seq;
    const ack = await this.#publish(batch, { created, epoch: life.epoch });
    // A number that was read already belongs to something else: the stream was set back, and nobody has noticed yet.
    if (!ack.duplicate && ack.seq <= read) this.#rejoin('the stream gives sequences again');
    const lineage = await this.#lineageNow();
    // It may stand in the last stream, where others have read it, or in this one, where it names a life that means nothing.
    if (!ack.duplicate && lineage.created !== created) throw new Error('the stream has become another one');
    // Another node may have brought what has a key, in another life.
    const { epoch, offset } = ack.duplicate && batch.key !== undefined ? lifeAt(lineage, ack.seq) : life;
    return { epoch, first: offset + ack.seq * stride, repeated: ack.duplicate };
  }

  async end(): Promise<LogEnd> {
    const { stream, lives } = this.#parts;
    const [lineage, info] = await Promise.all([lives.load(), stream.info()]);
    const epoch = presentEpoch(lineage) ?? '';
    if (this.#joined && epoch !== presentEpoch(this.#tail?.lineage)) this.#rejoin('the log is another one');
    return { epoch, position: lineage === undefined ? 0 : lastPosition(lineage, info) };
  }

  /** Passes a state on to whoever reads the log. */
  told(state: EngineState): void {
    this.#sink?.state(state);
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
    clearInterval(this.#pulse);
    this.#changes.tell();
  }

  take(message: Delivered, first: boolean): void {
    const tail = this.#tail;
    if (this.#held !== undefined) this.#held.push({ message, first });
    else if (tail !== undefined && this.#isNext(tail, message, first)) this.#read(tail, message);
    else this.#rejoin('a sequence is not the next');
  }

  // Only what was just compared may begin with a hole.
  #isNext(tail: Tail, { sequence }: Delivered, first: boolean): boolean {
    return first ? sequence > tail.sequence : sequence === tail.sequence + 1;
  }

  #read(tail: Tail, message: Delivered): void {
    if (!tail.take(message)) {
      this.#rejoin('a message is of a life that is not known');
      return;
    }
    const end = this.#windowEnd;
    if (end !== undefined && (message.pending === 0 || message.sequence >= end)) this.#windowThere();
    this.heard();
  }

  heard(): void {
    if (this.#joined && this.#windowEnd === undefined) this.#parts.health.well();
  }

  broken(why: string): void {
    this.#rejoin(why);
  }

  up(): void {
    if (this.#tail?.lineage !== undefined) this.#rejoin('connected anew');
  }

  down(why: string): void {
    this.#parts.health.ill(why);
    this.#leave();
  }

  async #publish(
    batch: Batch,
    log: { readonly created: string; readonly epoch: string },
  ): Promise<{ readonly seq: number; readonly duplicate: boolean }> {
    const { node, link, names, timings } = this.#parts;
    try {
      return await publishFrame(link, { node, names, batch, log, timeoutMs: timings.requestMs });
    } catch (error) {
      if (isUnheard(error) || hasCode(error, streamNotFound)) this.#rejoin('the stream is gone');
      throw new Error(explain(error), { cause: error });
    }
  }

  // The lives of the stream when it is read again, after whatever has happened to it.
  async #lineageNow(): Promise<Lineage> {
    const end = performance.now() + this.#parts.timings.requestMs;
    while (!this.#joined) {
      const left = end - performance.now();
      if (left <= 0 || this.#stopped) throw new Error('the log is not read');
      await this.#changes.next(left);
    }
    const lineage = this.#tail?.lineage;
    if (lineage === undefined) throw new Error('the log is not read');
    return lineage;
  }

  async #firstJoin(end: number): Promise<void> {
    for (;;) {
      try {
        await this.#join();
        return;
      } catch (error) {
        if (isFinal(error) || this.#stopped || performance.now() > end)
          throw new Refusal(`NATS: ${explain(error)}`, { cause: error });
        await this.#pause();
      }
    }
  }

  #rejoin(why: string): void {
    this.#parts.health.ill(why);
    this.#leave();
    if (!this.#joining) void this.#joinAgain();
  }

  #leave(): void {
    this.#joined = false;
    this.#held = undefined;
    this.#feed?.close();
    this.#feed = undefined;
  }

  // Whatever happens meanwhile ends what was just begun: it is tried until it has lasted for a moment.
  async #joinAgain(): Promise<void> {
    this.#joining = true;
    while (!this.#joined && !this.#stopped && this.#parts.link.connected) {
      try {
        await this.#join();
      } catch (error) {
        this.#failed(error);
        await this.#pause();
      }
    }
    this.#joining = false;
  }

  async #join(): Promise<void> {
    const { stream, link, names, timings, onTime } = this.#parts;
    const tail = this.#tail;
    if (tail === undefined) return;
    const info = await stream.ensure();
    await tail.settle(info);
    if (this.#windowEnd !== undefined) this.#windowEnd = info.state.last_seq;
    this.#held = [];
    const feed = await Feed.open(link, { stream: names.stream, from: tail.sequence + 1, timings }, this);
    this.#feed = feed;
    onTime(Date.parse(feed.info?.created ?? ''));
    // Between the look and the consumer the stream may have become another one.
    if (!tail.fits(await stream.info(), tail.sequence)) throw new Error('the stream has just changed');
    if (this.#feed !== feed) throw new Error('the consumer has just ended');
    this.#begin(tail, feed.info?.num_pending === 0 ? info.state.last_seq : 0);
  }

  // What the server will not give any more is gone; then comes what was held.
  #begin(tail: Tail, goneUpTo: number): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#joined = true;
    this.#unanswered = 0;
    tail.gone(goneUpTo);
    if (tail.sequence >= (this.#windowEnd ?? Number.POSITIVE_INFINITY)) this.#windowThere();
    for (const { message, first } of held) if (this.#joined) this.take(message, first);
    this.heard();
    this.#changes.tell();
  }

  #windowThere(): void {
    if (this.#windowEnd === undefined) return;
    this.#windowEnd = undefined;
    this.#changes.tell();
  }

  // Once a second: an engine can become another one without a word, and a consumer can fall silent.
  async #feel(): Promise<void> {
    const { stream, lives } = this.#parts;
    const [tail, feed] = [this.#tail, this.#feed];
    if (!this.#joined || tail === undefined) return;
    const read = tail.sequence;
    try {
      const [info, lineage] = await Promise.all([stream.info(), lives.load()]);
      this.#unanswered = 0;
      if (this.#feed !== feed || !this.#joined) return;
      if (!tail.fits(info, read) || presentEpoch(lineage) !== presentEpoch(tail.lineage))
        this.#rejoin('the log is another one');
      else if (info.state.last_seq > read && this.#stuckAt === read) this.#rejoin('the consumer is behind');
      else this.heard();
      this.#stuckAt = info.state.last_seq > read ? read : -1;
    } catch (error) {
      if (hasCode(error, streamNotFound)) this.#rejoin('the stream is gone');
      else this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#parts.health.ill(explain(error));
    if (!isTimeout(error)) return;
    this.#unanswered += 1;
    if (this.#unanswered % patience === 0) this.#parts.link.kick();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#parts.timings.retryMs));
  }
}
