import type { Appended, Batch } from '@cometkit/core/cluster';
import { LifeEnded, type Publisher, type PublishingEnd, publisherOver } from '@cometkit/core/engine-kit';
import { appendOver } from './append.ts';
import { Commands } from './commands.ts';
import { Keys } from './keys.ts';
import { lookAt, type Place, randomWord } from './place.ts';
import {
  type PublisherSettings,
  type RedisPublisherOptions,
  resolvePublisher,
} from './publisher-settings.ts';
import { explain } from './refusal.ts';
import { look } from './scripts.ts';

const nameLength = 16;

/**
 * Publishes to the clients of all nodes over Redis or Valkey, from a process that is no node: a worker, a cron job, a command line. It
 * holds one connection, opened for the first event.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function createPublisher(options: RedisPublisherOptions): Publisher {
  const settings = resolvePublisher(options);
  const time = {
    now: () => performance.now(),
    every: (ms: number, task: () => void) => {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
  };
  return publisherOver(new RedisPublishing(settings), time, settings.limits);
}

class RedisPublishing implements PublishingEnd {
  readonly #settings: PublisherSettings;
  readonly #node = randomWord(nameLength);
  readonly #keys: Keys;
  readonly #commands: Commands;
  #place: Place = { epoch: '', at: 0, tag: undefined };
  /** The batch that was sent and may be there. */
  #doubtful = 0;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    this.#keys = new Keys(settings.prefix);
    this.#commands = new Commands(settings, { failed: () => undefined });
  }

  async append(batch: Batch): Promise<Appended> {
    // Without it, a batch that is sent again could come into a life that its first try did not know.
    if (this.#place.epoch === '') await this.#look();
    const given = { node: this.#node, batch, place: this.#place, keep: 0 };
    const again = this.#doubtful === batch.seq;
    this.#doubtful = batch.seq;
    const appended = await appendOver(this.#commands, this.#keys, given);
    if (appended === undefined) {
      await this.#look();
      if (again) throw new LifeEnded(this.#place.epoch);
      this.#doubtful = 0;
      return this.append(batch);
    }
    const { epoch, first, repeated } = appended;
    if (!repeated) this.#place = { epoch, at: first + batch.entries.length - 1, tag: undefined };
    return appended;
  }

  isFinal(error: unknown): boolean {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    return cause !== undefined && explain(cause, this.#settings.address).final;
  }

  async stop(): Promise<void> {
    this.#commands.stop();
  }

  async #look(): Promise<void> {
    const run = (keys: readonly string[], values: readonly (string | number)[]) =>
      this.#commands.run(look, keys, values);
    const nowhere: Place = { epoch: '', at: 0, tag: undefined };
    const { epoch, refusal } = await lookAt(run, nowhere, { keys: this.#keys });
    if (epoch === '') throw new Error(explain(refusal, this.#settings.address).line);
    this.#place = { ...nowhere, epoch };
  }
}
