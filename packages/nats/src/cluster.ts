import type { Cluster } from '@cometkit/core/cluster';
import { Bucket } from './buckets.ts';
import { EngineClock } from './engine-clock.ts';
import { Health } from './health.ts';
import { Lives } from './life.ts';
import { Link } from './link.ts';
import { NatsInbox } from './mailbox.ts';
import { namesFor } from './names.ts';
import { type NatsClusterOptions, type NatsSettings, resolveNatsOptions } from './options.ts';
import { randomText } from './random-text.ts';
import { NatsSessions } from './session-store.ts';
import { NatsLog } from './source.ts';
import { Stream } from './stream.ts';
import { type Timings, timings as usual } from './timings.ts';

const nodeLength = 20;
const sweepMax = 200;
const nonceMs = 60_000;
/** Records that nobody takes out, because their node is gone, go after so long: longer than any of them lives. */
const orphanMs = 3 * 86_400_000;

/**
 * Makes a hub one of many nodes over NATS JetStream (nats-server 2.9 or later).
 *
 * Nothing is connected before the hub starts. What cannot work — no server, no JetStream, credentials or permissions that are
 * refused — fails the start with one line that says what to do.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a number or a word is none of those allowed.
 */
export function natsCluster(options: NatsClusterOptions): Cluster {
  return openNatsCluster(options);
}

/** The same, at another pace. */
export function openNatsCluster(options: NatsClusterOptions, timings: Partial<Timings> = {}): Cluster {
  return new NatsCluster(resolveNatsOptions(options), { ...usual, ...timings });
}

class NatsCluster implements Cluster {
  readonly node: string;
  readonly secrets: readonly [string, ...string[]];
  readonly log: NatsLog;
  readonly sessions: NatsSessions;
  readonly inbox: NatsInbox;
  readonly #link: Link;
  readonly #health: Health;
  readonly #sweeper: NodeJS.Timeout;

  constructor(settings: NatsSettings, timings: Timings) {
    const { nodeId, prefix, secrets, replicas, cutMs } = settings;
    this.node = nodeId + randomText(nodeLength - nodeId.length);
    this.secrets = secrets;
    const names = namesFor(prefix);
    const link = new Link(settings, this.node, timings);
    const clock = new EngineClock();
    this.#link = link;
    this.#health = new Health(settings, (state, why) => {
      this.log.told(state);
      settings.onState?.(state, why);
    });
    const lives = new Lives(new Bucket(link, names.meta, { replicas }));
    this.log = new NatsLog({
      node: this.node,
      names,
      link,
      stream: new Stream(link, names, settings),
      lives,
      health: this.#health,
      timings,
      startMs: cutMs,
      onTime: (time) => clock.set(time),
    });
    this.sessions = new NatsSessions(
      new Bucket(link, names.sessions, { replicas, ttlMs: orphanMs }),
      new Bucket(link, names.nonces, { replicas, ttlMs: nonceMs }),
      clock,
    );
    this.inbox = new NatsInbox(link, names.inbox, this.node);
    this.#sweeper = setInterval(() => void this.#sweep(), timings.sweepMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#health.stop();
    this.log.stop();
    await this.#link.close();
  }

  async #sweep(): Promise<void> {
    // What fails now is left to the age of the bucket.
    if (this.#link.connected) await this.sessions.sweep(performance.now(), sweepMax).catch(() => undefined);
  }
}
