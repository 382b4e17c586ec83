import { PublishMemory } from './dedupe.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Addressing, draftEvent } from './draft.ts';
import { CometError } from './errors.ts';
import type { CometEvent, Scope } from './event.ts';
import type { PublishOptions } from './hub-types.ts';
import type { JsonValue } from './json.ts';
import type { SessionHost } from './session-host.ts';

/** The way of an event into the hub: checked, made, appended to the log, dispatched. */
export class Publisher {
  readonly #host: SessionHost;
  readonly #dispatcher: Dispatcher;
  readonly #wallTime: () => number;
  readonly #memory = new PublishMemory();

  constructor(host: SessionHost, dispatcher: Dispatcher, wallTime: () => number) {
    this.#host = host;
    this.#dispatcher = dispatcher;
    this.#wallTime = wallTime;
  }

  publish(
    scope: Scope,
    to: string | undefined,
    subject: string,
    data: JsonValue,
    options: PublishOptions,
  ): CometEvent {
    const { from, messageId } = options;
    if (this.#host.closed) throw new CometError('hub-closed', 'the server is shutting down', {});
    if (from === undefined || messageId === undefined) {
      return this.#accept({ scope, to, from: from?.id }, subject, data);
    }
    const now = this.#host.now();
    const known = this.#memory.recall(from, messageId, now);
    if (known !== undefined) return known;
    const event = this.#accept({ scope, to, from: from.id }, subject, data);
    this.#memory.remember(from, messageId, event, now);
    return event;
  }

  #accept(addressing: Addressing, subject: string, data: JsonValue): CometEvent {
    const { limits, log, counters } = this.#host;
    const draft = draftEvent(subject, data, addressing, this.#wallTime(), limits);
    const event = log.append(draft, this.#host.now());
    counters.published += 1;
    this.#dispatcher.dispatch(event);
    return event;
  }
}
