import type { Appended, Batch } from '@cometkit/core/cluster';
import { LifeEnded, type Publisher, type PublishingEnd, publisherOver } from '@cometkit/core/engine-kit';
import { Bucket } from './buckets.ts';
import { explain, hasCode, isFinal, isUnheard } from './faults.ts';
import { stride } from './frame.ts';
import { type Lineage, Lives, lifeAt, namedBy, presentOf } from './life.ts';
import { Link } from './link.ts';
import { type Names, namesFor } from './names.ts';
import type { NatsSettings } from './options.ts';
import { publishFrame } from './publish-frame.ts';
import { type NatsPublisherOptions, resolvePublisher } from './publisher-options.ts';
import { randomText } from './random-text.ts';
import { Stream } from './stream.ts';
import { type Timings, timings as usual } from './timings.ts';

const nameLength = 20;
const streamNotFound = 10059;

/**
 * Publishes to the clients of all nodes over NATS JetStream, from a process that is no node: a worker, a cron job, a command line. It
 * holds one connection, opened for the first event.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function createPublisher(options: NatsPublisherOptions): Publisher {
  const { settings, limits } = resolvePublisher(options);
  const time = {
    now: () => performance.now(),
    every: (ms: number, task: () => void) => {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
  };
  return publisherOver(new NatsPublishing(settings, usual), time, limits);
}

class NatsPublishing implements PublishingEnd {
  readonly #node = randomText(nameLength);
  readonly #names: Names;
  readonly #timings: Timings;
  readonly #link: Link;
  readonly #stream: Stream;
  readonly #lives: Lives;
  #opened = false;
  #lineage: Lineage | undefined = undefined;
  /** The batch that was sent and may be there. */
  #doubtful = 0;

  constructor(settings: NatsSettings, timings: Timings) {
    this.#timings = timings;
    const names = namesFor(settings.prefix);
    this.#names = names;
    this.#link = new Link(settings, this.#node, timings);
    this.#stream = new Stream(this.#link, names, settings);
    this.#lives = new Lives(new Bucket(this.#link, names.meta, { replicas: settings.replicas }));
  }

  async append(batch: Batch): Promise<Appended> {
    await this.#open();
    const again = this.#doubtful === batch.seq;
    // Whether the log is still the one that the first try went to.
    if (this.#lineage === undefined || again) await this.#look(again);
    this.#doubtful = batch.seq;
    try {
      return await this.#send(batch, this.#lineage ?? (await this.#lineageNow()));
    } catch (error) {
      if (isUnheard(error) || hasCode(error, streamNotFound)) this.#lineage = undefined;
      throw error instanceof LifeEnded ? error : told(error);
    }
  }

  /** @throws {LifeEnded} — it may stand in the last stream, where others have read it, or where it means nothing. */
  async #send(batch: Batch, known: Lineage): Promise<Appended> {
    const { created } = known;
    const { epoch } = presentOf(known);
    const given = { node: this.#node, names: this.#names, batch, timeoutMs: this.#timings.requestMs };
    const { seq, duplicate } = await publishFrame(this.#link, { ...given, log: { created, epoch } });
    // A message means something only in the life that it names.
    const lineage = await this.#lineageNow();
    this.#lineage = lineage;
    const life = duplicate && batch.key !== undefined ? lifeAt(lineage, seq) : namedBy(lineage, epoch, seq);
    if (life !== undefined)
      return { epoch: life.epoch, first: life.offset + seq * stride, repeated: duplicate };
    throw new LifeEnded(presentOf(lineage).epoch);
  }

  isFinal(error: unknown): boolean {
    return error instanceof Error && isFinal(error.cause);
  }

  stop(): Promise<void> {
    return this.#link.close();
  }

  // Once it was up it comes back by itself.
  async #open(): Promise<void> {
    if (this.#opened) return;
    await this.#link.open(0);
    this.#opened = true;
  }

  async #look(again: boolean): Promise<void> {
    const before = this.#lineage && presentOf(this.#lineage).epoch;
    try {
      this.#lineage = await this.#lineageNow();
    } catch (error) {
      throw told(error);
    }
    const { epoch } = presentOf(this.#lineage);
    if (again && before !== epoch) throw new LifeEnded(epoch);
  }

  async #lineageNow(): Promise<Lineage> {
    const { created } = await this.#stream.found();
    const known = await this.#lives.load();
    // No node has been there yet, or the stream is another one.
    return known?.created === created ? known : this.#lives.succeed(known, created, { offset: 0, from: 1 });
  }
}

function told(error: unknown): Error {
  return new Error(explain(error), { cause: error });
}
