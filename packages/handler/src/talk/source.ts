import type { Hub, Session, Subscription } from '@cometkit/core';
import { eventsPerTurn, released } from './produced.ts';
import { type Turns, turnsOf } from './source-turns.ts';
import { isGivenUp, type Surroundings } from './surroundings.ts';
import type { ParamsOf, SubjectTemplate } from './template.ts';

/** What a source is asked to produce. */
export interface Production<Template extends string = string> {
  readonly subject: string;
  readonly params: ParamsOf<Template>;
  /** Aborted after the last listener has left: stop, and release what you hold. */
  readonly signal: AbortSignal;
}

/** Makes the data of a subject, usually an async generator. */
export type Produce<Template extends string = string> = (
  wanted: Production<Template>,
) => AsyncIterable<unknown> | Iterable<unknown>;

/** Runs a producer for each subject of a template that somebody listens to. */
export class Source {
  readonly #hub: Hub;
  readonly #template: SubjectTemplate;
  readonly #produce: Produce;
  readonly #surroundings: () => Surroundings;
  readonly #running = new Map<string, AbortController>();
  /** Where the hub is one of many nodes: subjects that somebody listens to at this node, of which one node runs each. */
  readonly #wanted = new Set<string>();
  readonly #turns: Turns | undefined;
  readonly #unwatch: (() => void) | undefined;

  constructor(hub: Hub, template: SubjectTemplate, produce: Produce, surroundings: () => Surroundings) {
    if (typeof produce !== 'function')
      throw new TypeError('a source is a function, such as an async generator');
    this.#hub = hub;
    this.#template = template;
    this.#produce = produce;
    this.#surroundings = surroundings;
    this.#turns = turnsOf(hub, template.text);
    this.#unwatch = this.#turns?.watch((subject) => this.#turned(subject));
    hub.on('subscribed', this.#subscribed);
    hub.on('unsubscribed', this.#unsubscribed);
    hub.on('attached', this.#attached);
    hub.on('session-parked', this.#parked);
    hub.on('closed', this.#closed);
    for (const session of hub.sessions())
      for (const subscription of session.subscriptions) this.#subscribed(session, subscription);
  }

  /** Stops everything, and listens no more. */
  end(): void {
    this.#hub.off('subscribed', this.#subscribed);
    this.#hub.off('unsubscribed', this.#unsubscribed);
    this.#hub.off('attached', this.#attached);
    this.#hub.off('session-parked', this.#parked);
    this.#hub.off('closed', this.#closed);
    for (const subject of this.#wanted) this.#turns?.leave(subject);
    this.#closed();
  }

  readonly #subscribed = (_session: Session, { pattern, matching }: Subscription): void => {
    if (matching !== 'path') return;
    for (const part of pattern.split(',')) this.#want(part.trim());
  };

  // A session that comes from another node has its subscriptions already.
  readonly #attached = (session: Session): void => {
    if (this.#turns === undefined) return;
    for (const subscription of session.subscriptions) this.#subscribed(session, subscription);
  };

  readonly #parked = (): void => {
    for (const subject of this.#wanted) if (this.#hub.listeners(subject) === 0) this.#unwant(subject);
  };

  readonly #unsubscribed = (_session: Session, subscription: Subscription): void => {
    for (const subject of this.#wanted)
      if (subscription.matches(subject) && this.#hub.listeners(subject) === 0) this.#unwant(subject);
    for (const [subject, abort] of this.#running)
      if (subscription.matches(subject) && this.#hub.listeners(subject) === 0) this.#stop(subject, abort);
  };

  readonly #closed = (): void => {
    this.#unwatch?.();
    this.#wanted.clear();
    for (const [subject, abort] of this.#running) this.#stop(subject, abort);
  };

  #want(subject: string): void {
    if (subject.includes('*') || this.#template.paramsOf(subject) === undefined) return;
    if (this.#turns === undefined) this.#start(subject);
    else if (!this.#wanted.has(subject)) {
      this.#wanted.add(subject);
      this.#turns.want(subject);
    } else this.#turned(subject);
  }

  #unwant(subject: string): void {
    this.#wanted.delete(subject);
    this.#turns?.leave(subject);
    const abort = this.#running.get(subject);
    if (abort !== undefined) this.#stop(subject, abort);
  }

  // The turn of this node has come, or another one's.
  #turned(changed: string | undefined): void {
    for (const subject of changed === undefined ? this.#wanted : [changed]) {
      if (!this.#wanted.has(subject)) continue;
      const abort = this.#running.get(subject);
      if (this.#turns?.isMine(subject) === true) this.#start(subject);
      else if (abort !== undefined) this.#stop(subject, abort);
    }
  }

  #start(subject: string): void {
    const params = this.#template.paramsOf(subject);
    if (params === undefined || this.#running.has(subject)) return;
    const abort = new AbortController();
    this.#running.set(subject, abort);
    void this.#run({ subject, params, signal: abort.signal }).finally(() => {
      // One that has come to its end starts again with the next subscription.
      if (this.#running.get(subject) === abort) this.#running.delete(subject);
    });
  }

  #stop(subject: string, abort: AbortController): void {
    this.#running.delete(subject);
    abort.abort();
  }

  async #run(wanted: Production): Promise<void> {
    const { subject, signal } = wanted;
    const report = (error: unknown): void => {
      if (isGivenUp(error, signal)) return;
      this.#surroundings().report(error, `the source of ${this.#template.text}`);
    };
    try {
      // In a turn of its own: who subscribes must not wait for it, nor get its error.
      await undefined;
      if (signal.aborted) return;
      let events = 0;
      for await (const data of released(this.#produce(wanted), signal, report)) {
        if (signal.aborted) break;
        this.#hub.publish(subject, data);
        events += 1;
        if (events % eventsPerTurn === 0) await this.#turn();
      }
    } catch (error) {
      report(error);
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#surroundings().defer(resolve));
  }
}
