import type { Dispatcher } from './dispatcher.ts';
import { draftEvent } from './draft.ts';
import { CometError } from './errors.ts';
import { type CometEvent, LogEvent, type Scope } from './event.ts';
import type { HubParts } from './hub-internals.ts';
import type { PublishOptions } from './hub-types.ts';
import { PublishMemory } from './idempotency.ts';
import type { JsonValue } from './json.ts';

/** The way of an event into the hub: checked, made, appended to the log, dispatched. */
export class Publisher {
  readonly #host: HubParts;
  readonly #dispatcher: Dispatcher;
  readonly #wallTime: () => number;
  readonly #memory = new PublishMemory();

  constructor(host: HubParts, dispatcher: Dispatcher, wallTime: () => number) {
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
    const { limits, log, counters, closed } = this.#host;
    const { from, messageId, name } = options;
    // A client is told that nobody will get it. A timer of the server's that fires once more must not end the process.
    if (closed && from !== undefined) throw new CometError('hub-closed', 'the server is shutting down', {});
    const matching = options.matching ?? this.#host.subjects;
    const now = this.#host.now();
    const known = this.#memory.lookup(from, messageId, now);
    const addressing = { scope, to, from: from?.id, name };
    const draft = draftEvent(subject, data, addressing, known?.time ?? this.#wallTime(), limits, matching);
    if (known !== undefined)
      return log.at(known.position) ?? new LogEvent(draft, known.position, known.cursor);
    if (closed) return new LogEvent(draft, log.tail, log.cursorAt(log.tail) ?? '');
    const event = log.append(draft, now);
    counters.published += 1;
    // Before anybody hears of the event, who may send it again at once.
    this.#memory.remember(from, messageId, event, now);
    this.#dispatcher.dispatch(event);
    return event;
  }
}
