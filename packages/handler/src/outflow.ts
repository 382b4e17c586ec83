import type { Hub } from '@cometkit/core';
import { Encoders } from './encode-once.ts';
import { Flusher } from './flush.ts';
import type { HandlerSettings } from './options.ts';
import type { HandlerRuntime } from './runtime.ts';

/** What decides how a hub's events leave. */
export type OutflowRules = Pick<HandlerSettings, 'runtime' | 'flushWindowMs'>;

/**
 * The way out of one hub, shared by all handlers on it: an event is encoded once and a turn is flushed once, at however
 * many paths its readers listen.
 */
export class Outflow {
  readonly encoders: Encoders = new Encoders();
  readonly flusher: Flusher;
  readonly #later: HandlerRuntime['later'];
  #open = 0;
  #whenQuiet: (() => void)[] = [];

  constructor({ runtime, flushWindowMs }: OutflowRules) {
    const window = { ms: flushWindowMs, now: () => runtime.now(), later: runtime.later };
    const release = () => this.encoders.release();
    this.flusher = new Flusher(runtime.defer, release, flushWindowMs > 0 ? window : undefined);
    this.#later = runtime.later;
  }

  /** Counts a channel as open until it is {@link Outflow.closed}. */
  opened(): void {
    this.#open += 1;
  }

  /** Counts a channel as over. */
  closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const listener of this.#whenQuiet.splice(0)) listener();
  }

  /** Resolves when no channel is open any more, or after the grace. Units: milliseconds. */
  quiet(graceMs: number): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#later(resolve, graceMs);
      this.#whenQuiet.push(() => {
        cancel();
        resolve();
      });
    });
  }
}

const outflows = new WeakMap<Hub, Outflow>();

/** The way out of a hub. Its first handler decides how events leave, and its reporter is told what the hub reports. */
export function outflowOf(
  hub: Hub,
  rules: OutflowRules,
  report: (error: unknown, where: string) => void,
): Outflow {
  let outflow = outflows.get(hub);
  if (outflow === undefined) {
    outflow = new Outflow(rules);
    outflows.set(hub, outflow);
    hub.on('error', report);
  }
  return outflow;
}
