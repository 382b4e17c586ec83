import { checkOptions, choice, type RulesOf, suchAs, text } from './check-options.ts';
import type { Dispatcher } from './dispatcher.ts';
import { draftEvent } from './draft.ts';
import { CometError } from './errors.ts';
import { type CometEvent, LogEvent, type Scope } from './event.ts';
import type { HubParts } from './hub-internals.ts';
import type { PublishOptions } from './hub-types.ts';
import { PublishMemory } from './idempotency.ts';
import type { MemoryLog } from './memory-log.ts';
import type { Session } from './session.ts';

const aSession = suchAs(
  'a session, as hub.session(id) gives it',
  (value) => typeof (value as Partial<Session> | null)?.leaveGroups === 'function',
);
const publishRules: RulesOf<PublishOptions> = {
  from: aSession,
  except: aSession,
  messageId: text,
  name: text,
  traceparent: suchAs(
    'a traceparent of W3C Trace Context, version 00',
    (value) => typeof value === 'string' && /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(value),
  ),
  matching: choice('path', 'prefix'),
};

// Only names: an event's name has a check of its own, and this runs for every event.
function isKnown(options: PublishOptions): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) if (!Object.hasOwn(publishRules, name)) return false;
  return true;
}

/** @throws {TypeError} an option of a publish is unknown or has the wrong type. */
export function checkPublish(options: PublishOptions): void {
  const { except, traceparent } = options ?? {};
  if (!isKnown(options) || except !== undefined || traceparent !== undefined)
    checkOptions(options, publishRules);
}

/** Publishes events: checks them, appends them to the log and dispatches them. */
export class Publisher {
  readonly #host: HubParts;
  readonly #log: MemoryLog;
  readonly #dispatcher: Dispatcher;
  readonly #wallTime: () => number;
  readonly #memory: PublishMemory;

  constructor(
    host: HubParts,
    log: MemoryLog,
    { dispatcher, wallTime }: { readonly dispatcher: Dispatcher; readonly wallTime: () => number },
  ) {
    this.#host = host;
    this.#log = log;
    this.#dispatcher = dispatcher;
    this.#wallTime = wallTime;
    this.#memory = new PublishMemory(host.memory);
  }

  /** Returns whether a session published under a message id less than two minutes ago. */
  hasAccepted(from: Session, messageId: string): boolean {
    return this.#memory.lookup(from, messageId, this.#host.now()) !== undefined;
  }

  publish(
    scope: Scope,
    to: string | undefined,
    subject: string,
    data: unknown,
    options: PublishOptions,
  ): CometEvent {
    const { limits, counters, closed } = this.#host;
    const log = this.#log;
    checkPublish(options);
    const { from, messageId, name, except, traceparent } = options;
    // A client gets an error, because its event will reach nobody. A late timer of the server must not end the process.
    if (closed && from !== undefined) throw new CometError('hub-closed', 'the server is shutting down', {});
    const matching = options.matching ?? this.#host.subjects;
    const now = this.#host.now();
    const known = this.#memory.lookup(from, messageId, now);
    const addressing = { scope, to, from: from?.id, name, except: except?.id, traceparent };
    const time = this.#wallTime() - (known === undefined ? 0 : now - known.at);
    const draft = draftEvent(subject, data, addressing, time, limits, matching);
    if (known !== undefined)
      return log.at(known.position) ?? new LogEvent(draft, known.position, known.cursor);
    if (closed) return new LogEvent(draft, log.tail, log.cursorAt(log.tail) ?? '');
    // A group serves all its members alike.
    except?.leaveGroups();
    const event = log.append(draft, now);
    counters.published += 1;
    this.#host.lastValues?.note(event);
    // Before the dispatch, because a receiver may publish the same message again at once.
    this.#memory.remember(from, messageId, event, now);
    this.#dispatcher.dispatch(event);
    return event;
  }
}
