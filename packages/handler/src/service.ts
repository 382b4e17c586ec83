import type { Hub } from '@cometkit/core';
import { JoinGate } from './join-rate.ts';
import { type Outflow, outflowOf } from './outflow.ts';
import type { HandlerSettings } from './settings.ts';
import { StallWatch } from './stall-watch.ts';

const answerMs = 5000;

/** What all requests of one handler share. */
export class Service {
  readonly hub: Hub;
  readonly settings: HandlerSettings;
  readonly outflow: Outflow;
  /** Outlets that take nothing. */
  readonly stalls: StallWatch;
  /** Streams of clients that have promised to answer heartbeats, since their last word. */
  readonly unheard: StallWatch;
  /** Those of them that owe an answer. */
  readonly unanswered: StallWatch;
  /** Counts the joins of each address. */
  readonly joins: JoinGate;
  /** Failures of the program's own reporter, of which nobody is left to be told. */
  unreported = 0;

  constructor(hub: Hub, settings: HandlerSettings) {
    this.hub = hub;
    this.settings = settings;
    this.joins = new JoinGate(settings.joinRate, () => settings.runtime.now());
    this.outflow = outflowOf(hub, settings, (error, where) => this.report(error, where));
    this.stalls = new StallWatch(settings.runtime, settings.stallMs);
    this.unheard = new StallWatch(settings.runtime, settings.modernHeartbeatMs);
    this.unanswered = new StallWatch(settings.runtime, answerMs);
  }

  /** The time as events carry it. Units: Unix seconds, with a fraction. */
  get time(): number {
    return this.settings.runtime.wallTime() / 1000;
  }

  /** Reports what no client can be told. */
  report(error: unknown, where: string): void {
    try {
      this.settings.onError(error, where);
    } catch {
      this.unreported += 1;
    }
  }

  /** Writes what still waits, closes the hub, and lets go of readers that take nothing. */
  async close(): Promise<void> {
    this.outflow.flusher.flush();
    this.hub.close();
    await this.outflow.quiet(this.settings.closeGraceMs);
    this.stalls.giveUp();
  }
}
