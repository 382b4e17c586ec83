import type { Hub, Session, Subscription } from '@cometkit/core';
import { eventsPerTurn, released } from './produced.ts';
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

  constructor(hub: Hub, template: SubjectTemplate, produce: Produce, surroundings: () => Surroundings) {
    if (typeof produce !== 'function')
      throw new TypeError('a source is a function, such as an async generator');
    this.#hub = hub;
    this.#template = template;
    this.#produce = produce;
    this.#surroundings = surroundings;
    hub.on('subscribed', this.#subscribed);
    hub.on('unsubscribed', this.#unsubscribed);
    hub.on('closed', this.#closed);
    for (const session of hub.sessions())
      for (const subscription of session.subscriptions) this.#subscribed(session, subscription);
  }

  /** Stops everything, and listens no more. */
  end(): void {
    this.#hub.off('subscribed', this.#subscribed);
    this.#hub.off('unsubscribed', this.#unsubscribed);
    this.#hub.off('closed', this.#closed);
    this.#closed();
  }

  readonly #subscribed = (_session: Session, { pattern, matching }: Subscription): void => {
    if (matching !== 'path') return;
    for (const part of pattern.split(',')) this.#want(part.trim());
  };

  readonly #unsubscribed = (_session: Session, subscription: Subscription): void => {
    for (const [subject, abort] of this.#running)
      if (subscription.matches(subject) && this.#hub.listeners(subject) === 0) this.#stop(subject, abort);
  };

  readonly #closed = (): void => {
    for (const [subject, abort] of this.#running) this.#stop(subject, abort);
  };

  #want(subject: string): void {
    if (subject.includes('*') || this.#running.has(subject)) return;
    const params = this.#template.paramsOf(subject);
    if (params === undefined) return;
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
