import type { Hub } from '@cometkit/core';
import { Encoders } from './encode-once.ts';
import { Flusher } from './flush.ts';
import type { HandlerRuntime } from './runtime.ts';

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

  constructor(runtime: HandlerRuntime) {
    this.flusher = new Flusher(runtime.defer, () => this.encoders.release());
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

/** The way out of a hub. What the hub itself reports goes to the reporter of its first handler. */
export function outflowOf(
  hub: Hub,
  runtime: HandlerRuntime,
  report: (error: unknown, where: string) => void,
): Outflow {
  let outflow = outflows.get(hub);
  if (outflow === undefined) {
    outflow = new Outflow(runtime);
    outflows.set(hub, outflow);
    hub.on('error', report);
  }
  return outflow;
}
