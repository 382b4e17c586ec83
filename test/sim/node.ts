import { createPureHub, type Hub, type HubOptions } from '@cometkit/core';
import {
  type Authorize,
  createHandler,
  type Handler,
  type HandlerRuntime,
  type HttpRequest,
  type Responder,
} from '@cometkit/handler';
import { Gate } from './gate.ts';
import type { Line, LineEnd } from './line.ts';
import { type LineKind, Listener } from './listener.ts';
import type { Upstream } from './network.ts';
import type { Accepted } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

// Rarer than a real server's hundred, for the sake of the number of runs. Units: ms.
const tickMs = 250;
// Of the watch over WebSockets. Units: ms.
const pulseMs = 1000;

/** One server process with the real hub and the real handler, in virtual time. It can crash, start again and stand still. */
export class SimNode implements Upstream {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #options: HubOptions;
  readonly #authorize: Authorize;
  readonly accepted: Accepted[] = [];
  /** The lives of the log, the oldest first. */
  readonly epochs: string[] = [];
  hub: Hub | undefined;
  /** Most sessions that were served together. */
  grouped = 0;
  /** Invariants that were seen broken. */
  readonly problems = new Set<string>();
  /** Where the log ended when a session was opened, by its id. */
  readonly joins = new Map<string, string>();
  /** Which part of a pattern nobody may have. */
  refuses: (part: string) => boolean = () => false;
  readonly #ended = new Map<string, string>();
  #handler: Handler | undefined;
  #listener: Listener | undefined;
  readonly #known = new Set<string>();
  #published = 0;
  #stoppedUntil = 0;
  #lastTick = 0;
  #lastPulse = 0;

  /** @param pensive lets each hook take its time, so that commands wait for those before them. */
  constructor(world: World, random: SeededRandom, options: HubOptions, pensive = false) {
    this.#world = world;
    this.#random = random;
    this.#options = options;
    const think = () => new Promise<boolean>((yes) => world.at(random.integer(1, 200), () => yes(true)));
    const subscribe = ({ pattern }: { readonly pattern: string }) => !this.refuses(pattern);
    this.#authorize = pensive
      ? { join: think, publish: think, subscribe: (asked) => think().then(() => subscribe(asked)) }
      : { publish: true, subscribe };
    this.start();
    this.#tick();
  }

  start(): void {
    this.hub = createPureHub(this.#runtime(), this.#options);
    this.epochs.push(this.hub.cursor().split('-')[0] ?? '');
    this.#record(this.hub);
    this.hub.on('session-opened', ({ id }) => this.joins.set(id, this.hub?.cursor() ?? ''));
    this.hub.on('session-closed', (session, reason) => this.#ended.set(session.id, reason));
    this.#handler = createHandler(this.hub, {
      runtime: this.#runtime(),
      publicPath: '/push',
      logger: false,
      authorize: this.#authorize,
      longPollWaitMs: { min: 20, max: 60 },
      pollWaitMs: { min: 50, max: 150 },
      onError: (error) => {
        this.#world.failure ??= error;
      },
    });
    this.#listener = new Listener(this.#world, this.#handler);
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
    this.#listener = undefined;
  }

  /** The process ends as it should: every client is told, and what waits is written. `ended` is called when it is gone. */
  shutDown(ended: () => void): void {
    const handler = this.#handler;
    handler?.close().then(
      () => {
        // It may have died before.
        if (this.#handler === handler) ended();
      },
      (error) => {
        this.#world.failure ??= error;
      },
    );
  }

  /** The process stands still: it answers nothing and its clock runs on. */
  stall(ms: number): void {
    this.#stoppedUntil = this.#world.now + ms;
  }

  serve(request: HttpRequest, to: Responder): boolean {
    if (this.#handler === undefined) return false;
    const wait = this.#stoppedUntil - this.#world.now;
    if (wait <= 0) this.#handler.serve(request, to);
    // A process that dies before it wakes up never answers.
    else this.#world.at(wait, () => this.#handler?.serve(request, to));
    return true;
  }

  /** Takes a connection up; while the process stands still it looks at nothing that comes. */
  accept(kind: LineKind, line: Line): LineEnd | undefined {
    const listener = this.#listener;
    if (listener === undefined) return undefined;
    const gate = new Gate(this.#world, () => this.#stoppedUntil);
    let end: LineEnd | undefined;
    gate.pass(() => {
      end = listener.take(kind, line);
    });
    return {
      bytes: (chunk) => gate.pass(() => end?.bytes(chunk)),
      finished: () => gate.pass(() => end?.finished()),
      broken: (reason) => {
        // A process that is gone does not wake up.
        if (this.#listener !== listener) {
          gate.drop();
          end?.broken(reason);
        } else gate.pass(() => end?.broken(reason));
      },
    };
  }

  /** Whoever is connected reads nothing for a while. */
  congest(ms: number): void {
    this.#listener?.congest(ms);
  }

  /** Publishes the next event, if the process lives. */
  publish(subject: string): void {
    if (this.hub === undefined || this.hub.closed) return;
    this.#published += 1;
    this.hub.publish(subject, { id: this.#published });
  }

  /** Sends a notice to everybody, if the process lives. */
  broadcast(subject: string): void {
    if (this.hub !== undefined && !this.hub.closed) this.hub.broadcast(subject, { id: 'notice' });
  }

  // Every event that the log takes in, whoever published it; one that is published again is not taken in again.
  #record(hub: Hub): void {
    const publish = hub.publish.bind(hub);
    let last = '';
    hub.publish = (subject, data, options) => {
      const event = publish(subject, data, options);
      // What a process that is gone would still have done was not done.
      if (this.hub === hub && event.cursor !== last && !this.#known.has(event.cursor)) {
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
      if (now - this.#lastTick > 2000) this.hub.skipTime(now - this.#lastTick - tickMs);
      this.#lastTick = now;
      this.#watchedTick(this.hub);
      if (now - this.#lastPulse >= pulseMs) {
        this.#lastPulse = now;
        this.#listener?.tick();
      }
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
    this.grouped = Math.max(this.grouped, hub.stats().grouped);
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
