import type { Appended, Batch, LogEnd, LogSink, LogSource } from '@cometkit/core/cluster';
import { appendOver } from './append.ts';
import type { Commands } from './commands.ts';
import type { Health } from './health.ts';
import type { Keys } from './keys.ts';
import { type Found, lookAt, type Place } from './place.ts';
import { explain } from './refusal.ts';
import { look, sweep } from './scripts.ts';
import type { Settings } from './settings.ts';
import type { Tail } from './tail.ts';

/** Of what the replicas hold, so much more stays in the engine. */
const reserve = 1.2;
const leasePulses = 3;
/** Nobody sends a batch again after so long. */
const seqMemoryMs = 3_600_000;
const sweepEvery = 600;

/** What the source is made of. */
interface Parts {
  readonly node: string;
  readonly settings: Settings;
  readonly keys: Keys;
  readonly commands: Commands;
  readonly tail: Tail;
  readonly health: Health;
}

/** The log in Redis: appends by a script, reads through the tail, and looks at both each second. */
export class RedisLog implements LogSource {
  readonly #parts: Parts;
  #pulse: NodeJS.Timeout | undefined;
  #pulses = 0;
  #looking = false;
  #behind: Place | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(sink: LogSink): Promise<void> {
    const { tail, health, settings } = this.#parts;
    await tail.start(sink);
    if (this.#stopped) throw new Error('the cluster has stopped');
    health.begin((state) => sink.state(state));
    this.#pulse = setInterval(() => void this.#look(), settings.pulseMs);
    await this.#look();
  }

  async append(batch: Batch): Promise<Appended> {
    const { node, settings, keys, commands, tail, health } = this.#parts;
    if (this.#stopped) throw new Error('the cluster has stopped');
    const appended = await appendOver(commands, keys, {
      node,
      batch,
      place: tail.place,
      keep: kept(settings),
    });
    health.heard('commands');
    if (appended === undefined) {
      tail.interrupt();
      throw new Error('the log has begun another life');
    }
    return appended;
  }

  async end(): Promise<LogEnd> {
    const { tail } = this.#parts;
    const { place } = tail;
    const { epoch, last } = await this.#find(place);
    if (epoch !== '' && epoch !== place.epoch && tail.place === place) tail.interrupt();
    return { epoch, position: last };
  }

  /** Ends the pulse, and says that the node is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#pulse);
    const { commands, keys, node, tail } = this.#parts;
    tail.stop();
    if (this.#pulse !== undefined)
      await commands.send('DEL', keys.lease(node), keys.box(node)).catch(() => 0);
  }

  // An engine can become another one without a connection breaking: behind a proxy, or when its data are replaced.
  async #look(): Promise<void> {
    const { settings, keys, commands, tail, health } = this.#parts;
    health.review();
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    this.#pulses += 1;
    const { place } = tail;
    try {
      this.#compare(place, await this.#find(place));
      if (this.#pulses % sweepEvery === 0)
        await commands.run(sweep, [keys.meta, keys.sweeping], [settings.pulseMs * sweepEvery, seqMemoryMs]);
    } catch {
      // The commands have told it; the next pulse looks again.
    } finally {
      this.#looking = false;
    }
  }

  #find(place: Place): Promise<Found> {
    const { settings, keys, commands, node } = this.#parts;
    const lease = {
      key: keys.lease(node),
      ms: Math.ceil(settings.pulseMs * leasePulses),
      keep: kept(settings),
    };
    const run = (names: readonly string[], values: readonly (string | number)[]) =>
      commands.run(look, names, values);
    return lookAt(run, place, { keys, lease });
  }

  #compare(place: Place, found: Found): void {
    const { tail, health, settings } = this.#parts;
    if (found.refusal === '') health.heard('commands');
    else health.refused(explain(found.refusal, settings.address));
    if (found.epoch === '' || tail.place !== place) return;
    const missing = found.last > place.at;
    // What is there needs a moment to arrive; what is not there never comes.
    const stuck = missing && (!found.more || this.#behind === place);
    this.#behind = missing ? place : undefined;
    if (found.epoch !== place.epoch || stuck) tail.interrupt();
  }
}

function kept({ log }: Settings): number {
  return Math.ceil(log.maxEvents * reserve);
}
