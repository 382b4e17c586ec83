import { createHub, type Hub, type HubOptions } from '@cometkit/core';
import {
  createHandler,
  type Handler,
  type HandlerRuntime,
  type HttpRequest,
  type HttpResponse,
} from '@cometkit/handler';
import type { Upstream } from './network.ts';
import type { Accepted } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

// Rarer than a real server's hundred, for the sake of the number of runs. Units: ms.
const tickMs = 250;

/** One server process with the real hub and the real handler, in virtual time. It can crash, start again and stand still. */
export class SimNode implements Upstream {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #options: HubOptions;
  readonly accepted: Accepted[] = [];
  /** The lives of the log, the oldest first. */
  readonly epochs: string[] = [];
  hub: Hub | undefined;
  /** Invariants that were seen broken. */
  readonly problems = new Set<string>();
  readonly #ended = new Map<string, string>();
  #handler: Handler | undefined;
  readonly #known = new Set<string>();
  #published = 0;
  #stoppedUntil = 0;
  #lastTick = 0;

  constructor(world: World, random: SeededRandom, options: HubOptions) {
    this.#world = world;
    this.#random = random;
    this.#options = options;
    this.start();
    this.#tick();
  }

  start(): void {
    this.hub = createHub(this.#runtime(), this.#options);
    this.epochs.push(this.hub.cursor().split('-')[0] ?? '');
    this.#record(this.hub);
    this.hub.on('session-closed', (session, reason) => this.#ended.set(session.id, reason));
    this.#handler = createHandler(this.hub, {
      runtime: this.#runtime(),
      publicPath: '/push',
      authorize: { publish: true },
      pullWaitMs: { min: 20, max: 60 },
      pollWaitMs: { min: 50, max: 150 },
      onError: (error) => {
        this.#world.failure ??= error;
      },
    });
  }

  /** Last position that its log no longer holds. */
  get base(): number {
    const tail = Number.parseInt(this.hub?.cursor().split('-')[1] ?? '0', 36);
    return tail - (this.hub?.stats().logEvents ?? 0);
  }

  /** The process dies: its log, its sessions and whatever it had not sent are gone. */
  crash(): void {
    this.hub = undefined;
    this.#handler = undefined;
  }

  /** The process stands still: it answers nothing and its clock runs on. */
  stall(ms: number): void {
    this.#stoppedUntil = this.#world.now + ms;
  }

  handle(request: HttpRequest): Promise<HttpResponse> | undefined {
    if (this.#handler === undefined) return undefined;
    const wait = this.#stoppedUntil - this.#world.now;
    if (wait <= 0) return this.#handler.handle(request);
    // A process that dies before it wakes up never answers.
    return new Promise((resolve, reject) => {
      this.#world.at(wait, () => this.#handler?.handle(request).then(resolve, reject));
    });
  }

  /** Publishes the next event, if the process lives. */
  publish(subject: string): void {
    if (this.hub === undefined) return;
    this.#published += 1;
    this.hub.publish(subject, { id: this.#published });
  }

  // Every event that the log takes in, whoever published it; one that is published again is not taken in again.
  #record(hub: Hub): void {
    const publish = hub.publish.bind(hub);
    let last = '';
    hub.publish = (subject, data, options) => {
      const event = publish(subject, data, options);
      if (event.cursor !== last && !this.#known.has(event.cursor)) {
        this.#known.add(event.cursor);
        this.accepted.push({ id: (data as { id: number | string }).id, cursor: event.cursor, subject });
      }
      last = event.cursor;
      return event;
    };
  }

  #tick(): void {
    const { now } = this.#world;
    if (now >= this.#stoppedUntil && this.hub !== undefined) {
      if (now - this.#lastTick > 2000) this.hub.shift(now - this.#lastTick - tickMs);
      this.#lastTick = now;
      this.#watchedTick(this.hub);
    }
    if (this.hub === undefined) this.#lastTick = now;
    this.#world.at(tickMs, () => this.#tick());
  }

  // A session that has an open channel does not expire, and nothing holds more than its bounds.
  #watchedTick(hub: Hub): void {
    const attached = [...hub.sessions()].filter((session) => session.attached);
    const { expired } = hub.stats();
    hub.tick();
    if (
      hub.stats().expired > expired &&
      attached.some((session) => session.closed && this.#ended.get(session.id) === 'expired')
    ) {
      this.problems.add('a session expired while its channel was open');
    }
    for (const { queued } of hub.sessions()) {
      if (queued.size > hub.limits.queueLimit + 1) this.problems.add('a queue grew beyond its bound');
    }
  }

  #runtime(): HandlerRuntime {
    return {
      now: () => this.#world.now,
      wallTime: () => 1_700_000_000_000 + this.#world.now,
      randomId: () => this.#random.id(),
      defer: (task) => void this.#world.at(0, task),
      later: (task, delayMs) => this.#world.at(delayMs, task),
      randomInteger: (min, max) => this.#random.integer(min, max),
    };
  }
}
