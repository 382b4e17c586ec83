import { DiscardPolicy, RetentionPolicy, StorageType, type StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { hasCode, isUnheard, Refusal, withoutJetStream } from './faults.ts';
import { checkReplicas, type Link, untilRemoved } from './link.ts';
import type { Names } from './names.ts';
import type { NatsSettings } from './options.ts';

const streamNotFound = 10059;
const alreadyThere = 10058;
/** The engine keeps more than the nodes promise, so that one that starts has its whole window. */
const spare = 1.2;
/** A character of JSON text is at most three bytes of UTF-8. */
const bytesPerCharacter = 3;
const duplicatesMs = 120_000;

/** A message as it lies in the stream. */
export interface Kept {
  readonly id: string;
  /** Unix milliseconds by the server's clock. */
  readonly time: number;
}

/** The stream that the log lies in. */
export class Stream {
  readonly #link: Link;
  readonly #names: Names;
  readonly #settings: NatsSettings;
  #seen = false;

  constructor(link: Link, names: Names, settings: NatsSettings) {
    this.#link = link;
    this.#names = names;
    this.#settings = settings;
  }

  async info(): Promise<StreamInfo> {
    try {
      const info = await this.#link.run(({ manager }) => manager.streams.info(this.#names.stream));
      this.#seen = true;
      return info;
    } catch (error) {
      throw isUnheard(error) ? new Refusal(withoutJetStream, { cause: error }) : error;
    }
  }

  /**
   * Makes the stream if it is missing, and raises the bounds of one that is there.
   *
   * @throws {Refusal} — it is there, but cannot be a log.
   */
  async ensure(): Promise<StreamInfo> {
    try {
      return await this.#fit(await this.info());
    } catch (error) {
      if (!hasCode(error, streamNotFound)) throw error;
    }
    if (this.#seen) await untilRemoved();
    try {
      return await this.#link.run(({ manager }) => manager.streams.add(this.#config()));
    } catch (error) {
      if (!hasCode(error, alreadyThere)) throw error;
      return this.#fit(await this.info()); // another node has just made it
    }
  }

  /** The stream as it is, whatever its bounds; made if it is missing. */
  async found(): Promise<StreamInfo> {
    try {
      return await this.info();
    } catch (error) {
      if (!hasCode(error, streamNotFound)) throw error;
      return this.ensure();
    }
  }

  /** @returns undefined when nothing is kept at this sequence any more. */
  async message(sequence: number): Promise<Kept | undefined> {
    const found = await this.#link.run(({ manager }) =>
      manager.streams.getMessage(this.#names.stream, { seq: sequence }),
    );
    return found === null ? undefined : { id: idOf(found.header), time: found.time.getTime() };
  }

  #config() {
    const { maxEvents, maxBytes, maxAgeMs } = this.#settings.log;
    const ageMs = Math.ceil(maxAgeMs * spare);
    return {
      name: this.#names.stream,
      subjects: [this.#names.subject],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs: Math.ceil(maxEvents * spare),
      max_bytes: Math.ceil(maxBytes * spare * bytesPerCharacter),
      max_age: nanos(ageMs),
      num_replicas: this.#settings.replicas,
      // A window longer than the age of the messages is refused.
      duplicate_window: nanos(Math.min(duplicatesMs, ageMs)),
    };
  }

  async #fit(info: StreamInfo): Promise<StreamInfo> {
    const { config } = info;
    const wanted = this.#config();
    if (
      config.retention !== wanted.retention ||
      config.discard !== wanted.discard ||
      config.subjects?.includes(this.#names.subject) !== true
    )
      throw new Refusal(
        `the stream ${this.#names.stream} is there, but is no log: it needs the subject ` +
          `"${this.#names.subject}", retention "limits" and discard "old". Delete it, or set another \`prefix\``,
      );
    const { num_replicas: replicas } = config;
    await this.#link.run(async ({ connection }) =>
      checkReplicas(
        connection,
        replicas,
        `the stream ${this.#names.stream}, which has ${replicas} replicas,`,
      ),
    );
    const bounds = ['max_msgs', 'max_bytes', 'max_age', 'duplicate_window'] as const;
    const raised = bounds.filter((name) => config[name] > 0 && config[name] < wanted[name]);
    if (raised.length === 0) return info;
    const change = Object.fromEntries(raised.map((name) => [name, wanted[name]]));
    return this.#link.run(({ manager }) =>
      manager.streams.update(this.#names.stream, { ...config, ...change }),
    );
  }
}

function idOf(headers: { get(name: string): string } | undefined): string {
  return headers?.get('Nats-Msg-Id') ?? '';
}
