import { createPureHub, type HubOptions } from '@cometkit/core';
import {
  createHandler,
  type Handler,
  type HandlerRuntime,
  type HttpRequest,
  type Responder,
} from '@cometkit/handler';
import type { EngineModel } from '@cometkit/testkit';
import type { Cluster, ClusterHub, Frame, LogSink, SessionChange } from '../../packages/core/src/cluster.ts';
import type { Accepted } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

const tickMs = 250;

/** What the log of a cluster has taken in: whatever any node was given. */
export class ClusterRecord {
  readonly accepted: Accepted[] = [];
  /** The lives of the log, the oldest first. */
  readonly epochs: string[] = [];
  /** What the log says of sessions. */
  readonly changes: { readonly session: string; readonly change: SessionChange; readonly cursor: string }[] =
    [];
  readonly #known = new Set<string>();

  /** A number for a place, which rises over all lives. */
  place(cursor: string): number {
    const [epoch = '', position = '0'] = cursor.split('-');
    return this.epochs.indexOf(epoch) * 1e9 + Number.parseInt(position, 36);
  }

  /** Notes what a node is given. */
  watch(cluster: Cluster): Cluster {
    const start = (sink: LogSink) =>
      cluster.log.start({
        accept: (frame) => {
          this.#take(frame);
          sink.accept(frame);
        },
        hole: (from, to) => sink.hole(from, to),
        renew: (epoch, base, tag) => {
          if (!this.epochs.includes(epoch)) this.epochs.push(epoch);
          sink.renew(epoch, base, tag);
        },
        state: (state) => sink.state(state),
      });
    const { log } = cluster;
    return { ...cluster, log: { start, append: (batch) => log.append(batch), end: () => log.end() } };
  }

  #take({ epoch, first, entries }: Frame): void {
    for (const [index, entry] of entries.entries()) {
      const cursor = `${epoch}-${(first + index).toString(36)}-0`;
      if (this.#known.has(cursor)) continue;
      this.#known.add(cursor);
      if (entry.kind === 'control') {
        this.changes.push({ session: entry.session, change: entry.change as SessionChange, cursor });
        continue;
      }
      const { subject, json } = entry.draft;
      this.accepted.push({ id: (JSON.parse(json) as { id: number | string }).id, cursor, subject });
    }
  }
}

/** One process of several, over the model of an engine. It can crash, start again and stand still. */
export class SimClusterNode {
  readonly #at: { readonly world: World; readonly random: SeededRandom; readonly model: EngineModel };
  readonly #record: ClusterRecord;
  readonly #options: HubOptions;
  readonly #name: string;
  readonly problems = new Set<string>();
  hub: ClusterHub | undefined;
  /** Its name in the present life. */
  id = '';
  #handler: Handler | undefined;
  #lives = 0;
  #stoppedUntil = 0;
  #lastTick = 0;

  constructor(at: SimClusterNode['surroundings'], record: ClusterRecord, name: string, options: HubOptions) {
    this.#at = at;
    this.#record = record;
    this.#name = name;
    this.#options = options;
    this.start();
    this.#tick();
  }

  get surroundings(): { readonly world: World; readonly random: SeededRandom; readonly model: EngineModel } {
    return this.#at;
  }

  start(): void {
    this.#lives += 1;
    this.id = `${this.#name}${String(this.#lives).padStart(7, '0')}`;
    const cluster = this.#record.watch(this.#at.model.node(this.id));
    const hub = createPureHub(this.#runtime(), this.#options, cluster);
    this.hub = hub;
    this.#lastTick = this.#at.world.now;
    hub.on('error', (error, where) => this.problems.add(`${where}: ${String(error)}`));
    enginesOf().set(hub, cluster);
    void hub.cluster?.start().catch(() => undefined);
    this.#handler = createHandler(hub as never, {
      runtime: this.#runtime(),
      publicPath: '/push',
      logger: false,
      authorize: { publish: true, subscribe: true },
      longPollWaitMs: { min: 20, max: 60 },
      pollWaitMs: { min: 50, max: 150 },
      onError: (error) => {
        // A process that is gone does not tell that it has lost its engine.
        if (this.hub === hub)
          this.problems.add(
            `an error of the handler: ${String(error)} ${(error as Error).stack?.split('\n')[1] ?? ''}`,
          );
      },
    });
  }

  crash(): void {
    this.#at.model.stop(this.id);
    this.hub = undefined;
    this.#handler = undefined;
  }

  stall(ms: number): void {
    this.#stoppedUntil = this.#at.world.now + ms;
  }

  serve(request: HttpRequest, to: Responder): boolean {
    const handler = this.#handler;
    if (handler === undefined) return false;
    const { world } = this.#at;
    world.log?.(`${world.now.toFixed(0)} .. ${this.id}, which has read up to ${this.hub?.cursor()}`);
    const wait = this.#stoppedUntil - world.now;
    if (wait <= 0) handler.serve(request, to);
    else
      world.at(wait, () => {
        if (this.#handler === handler) handler.serve(request, to);
      });
    return true;
  }

  publish(subject: string, id: number): void {
    if (this.hub === undefined || this.hub.closed) return;
    try {
      this.hub.publish(subject, { id });
    } catch (error) {
      if ((error as { code?: string }).code !== 'too-busy') throw error;
    }
  }

  #tick(): void {
    const { now } = this.#at.world;
    if (now >= this.#stoppedUntil && this.hub !== undefined) {
      if (now - this.#lastTick > 2000) this.hub.skipTime(now - this.#lastTick - tickMs);
      this.#lastTick = now;
      this.hub.tick();
    }
    this.#at.world.at(tickMs, () => this.#tick());
  }

  #runtime(): HandlerRuntime {
    const { world, random } = this.#at;
    return {
      now: () => world.now,
      wallTime: () => 1_700_000_000_000 + world.now,
      randomId: () => random.id(),
      defer: (task) => void world.at(0, task),
      later: (task, delayMs) => world.at(delayMs, task),
      randomInteger: (min, max) => random.integer(min, max),
    };
  }
}

function enginesOf(): WeakMap<ClusterHub, Cluster> {
  const key = Symbol.for('@cometkit/handler/engines@1');
  const shared = globalThis as unknown as Record<symbol, WeakMap<ClusterHub, Cluster>>;
  shared[key] ??= new WeakMap();
  return shared[key];
}
