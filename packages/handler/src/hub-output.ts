import type { Hub } from '@cometkit/core';
import { type EncodeCache, Encoders } from './encode-cache.ts';
import { Flusher, StreamWriter } from './flush.ts';
import type { HandlerRuntime } from './runtime.ts';
import type { HandlerSettings } from './settings.ts';
import { type Totals, totalsOf } from './totals.ts';
import { UnreadAnswers, type UnreadLimits } from './unread-answers.ts';

// What those who catch up have not asked for in this time is let go of. In milliseconds.
const pastMs = 2000;

/** Options that decide when events are written. */
export type HubOutputRules = Pick<HandlerSettings, 'runtime' | 'flushWindowMs'>;

/**
 * The output of one hub, shared by all of its handlers: an event is encoded once and a turn is flushed once, on however
 * many paths its readers listen.
 */
export class HubOutput {
  readonly encoders: Encoders;
  readonly flusher: Flusher;
  readonly totals: Totals;
  readonly unread: UnreadAnswers;
  /** Reports what no client can be told. */
  readonly report: (error: unknown, where: string) => void;
  readonly #writers = new WeakMap<EncodeCache, StreamWriter>();
  readonly #later: HandlerRuntime['later'];
  #open = 0;
  #aging = false;
  #whenQuiet: (() => void)[] = [];

  constructor(
    { runtime, flushWindowMs }: HubOutputRules,
    report: HubOutput['report'],
    totals: Totals,
    limits: UnreadLimits,
  ) {
    this.report = report;
    this.totals = totals;
    this.unread = new UnreadAnswers(limits);
    this.encoders = new Encoders((event) => totals.traced?.(event));
    const window = { ms: flushWindowMs, now: () => runtime.now(), later: runtime.later };
    const flushed = (ms: number) => {
      this.encoders.release();
      if (!this.#aging && this.encoders.holdPast) this.#age();
      totals.flushes.add(ms);
    };
    this.flusher = new Flusher(runtime.defer, flushed, window);
    this.#later = runtime.later;
  }

  /** Returns the writer for the delivery groups of an encoder's format. */
  writerOf(encoder: EncodeCache): StreamWriter {
    const writer = this.#writers.get(encoder) ?? new StreamWriter(encoder, this);
    this.#writers.set(encoder, writer);
    return writer;
  }

  #age(): void {
    this.#aging = true;
    this.#later(() => {
      this.encoders.agePast();
      if (this.encoders.holdPast) this.#age();
      else this.#aging = false;
    }, pastMs);
  }

  /** Counts a channel as open until it is {@link HubOutput.closed}. */
  opened(): void {
    this.#open += 1;
  }

  /** Counts a channel as over. */
  closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const listener of this.#whenQuiet.splice(0)) listener();
  }

  /**
   * Waits until no channel is open.
   *
   * @param graceMs - the longest wait, in milliseconds.
   */
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

const outputs = new WeakMap<Hub, HubOutput>();

/**
 * Returns the output of a hub. The options of its first handler apply, and errors of the hub go to that handler's
 * reporter.
 */
export function hubOutputOf(hub: Hub, rules: HubOutputRules, report: HubOutput['report']): HubOutput {
  let output = outputs.get(hub);
  if (output === undefined) {
    output = new HubOutput(rules, report, totalsOf(hub), hub.limits);
    outputs.set(hub, output);
    hub.on('error', report);
  }
  return output;
}
