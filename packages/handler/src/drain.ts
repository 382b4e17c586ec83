import type { Hub, Session } from '@cometkit/core';
import { checkOptions, type RulesOf, whole } from '@cometkit/core/check-options';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { HandlerRuntime } from './runtime.ts';
import { contextOf } from './session-context.ts';
import { isMovable } from './transports/movable.ts';

/** How clients are sent elsewhere before a server closes. Without either, it closes at once. */
export interface CloseOptions {
  /**
   * The time over which clients are told to move, in random order. @defaultValue 0 ms: all at once, where `settleMs` is given
   */
  readonly drainMs?: number;
  /** How long before that a balancer is given to notice that the server is not ready any more. @defaultValue 2000 ms */
  readonly settleMs?: number;
}

/** What a drain needs of the handler that begins it. */
export interface DrainedBy {
  readonly hub: Hub;
  readonly settings: { readonly runtime: HandlerRuntime };
  report(error: unknown, where: string): void;
}

/** The rule of each option. */
export const closeRules: RulesOf<CloseOptions> = { drainMs: whole, settleMs: whole };
const defaultSettleMs = 2000;
const stepMs = 50;
// Who is told in one step does not come back in one moment.
const longestWaitMs = 500;
const drains = new WeakMap<ClusterHub, Drain>();

/** Returns whether new clients are welcome: the hub is open, nobody drains it, and a node of several has its engine. */
export function isReady(hub: ClusterHub): boolean {
  const { closed, cluster } = hub;
  return !closed && !drains.has(hub) && (cluster === undefined || cluster.state === 'live');
}

/**
 * Sends the clients of a hub elsewhere. Of several calls the first one counts, whichever handler of the hub it came by; one
 * without options ends it at once.
 *
 * @returns resolves when all have been told.
 * @throws RangeError, TypeError — an option is out of its range or not known.
 */
export async function drain(by: DrainedBy, options: CloseOptions): Promise<void> {
  checkOptions(options, closeRules);
  const { drainMs = 0, settleMs = defaultSettleMs } = options;
  if (options.drainMs === undefined && options.settleMs === undefined) stopDraining(by.hub);
  else if (!by.hub.closed) {
    await begin(by, settleMs, drainMs).over;
    // What was published here is not known to be in the shared log before.
    await by.hub.cluster?.settled();
  }
}

/** Lets a drain of a hub end at once, if there is one. */
export function stopDraining(hub: Hub): void {
  drains.get(hub)?.stop();
}

function begin(by: DrainedBy, settleMs: number, drainMs: number): Drain {
  const begun = drains.get(by.hub) ?? new Drain(by, settleMs, drainMs);
  drains.set(by.hub, begun);
  return begun;
}

/** Tells the clients of one hub to move, a few at a time. */
class Drain {
  /** Resolves when all have been told. */
  readonly over: Promise<void>;
  readonly #by: DrainedBy;
  readonly #drainMs: number;
  #resolve: () => void = () => undefined;
  #cancel: () => void;
  #sessions: readonly Session[] = [];
  #told = 0;
  #begunAt = 0;

  constructor(by: DrainedBy, settleMs: number, drainMs: number) {
    this.#by = by;
    this.#drainMs = drainMs;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#cancel = by.settings.runtime.later(() => this.#begin(), settleMs);
  }

  /** Ends it: who has not been told yet will not be. */
  stop(): void {
    this.#cancel();
    this.#resolve();
  }

  #begin(): void {
    const { hub, settings } = this.#by;
    this.#sessions = shuffled([...hub.sessions()], settings.runtime);
    this.#begunAt = settings.runtime.now();
    this.#tell();
  }

  #tell(): void {
    const { hub, settings } = this.#by;
    const elapsedMs = settings.runtime.now() - this.#begunAt;
    const { length } = this.#sessions;
    const due = elapsedMs >= this.#drainMs ? length : Math.ceil((length * elapsedMs) / this.#drainMs);
    for (; this.#told < due; this.#told += 1) this.#move(this.#sessions[this.#told]);
    if (hub.closed || this.#told >= length) this.#resolve();
    else
      this.#cancel = settings.runtime.later(() => this.#tell(), Math.min(stepMs, this.#drainMs - elapsedMs));
  }

  #move(session: Session | undefined): void {
    if (session === undefined || session.closed) return;
    const { transport } = session;
    const medium = contextOf(session)?.medium;
    // A socket belongs to its process: its server dismisses it.
    if (!isMovable(transport) || medium === 'tcp' || medium === 'udp') return;
    try {
      transport.move(this.#by.settings.runtime.randomInteger(0, longestWaitMs));
    } catch (error) {
      this.#by.report(error, 'a client that is told to move');
    }
  }
}

function shuffled<T>(all: T[], { randomInteger }: HandlerRuntime): T[] {
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = randomInteger(0, last);
    [all[last], all[other]] = [all[other] as T, all[last] as T];
  }
  return all;
}
