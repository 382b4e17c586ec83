import { draftEvent } from './draft.ts';
import type { LogSource } from './engine-port.ts';
import { CometError } from './errors.ts';
import { type CometEvent, LogEvent, type Publication, type Scope } from './event.ts';
import type { Changed, SessionChange } from './hub-cluster.ts';
import type { HubParts } from './hub-internals.ts';
import type { PublishOptions } from './hub-types.ts';
import { PublishMemory } from './idempotency.ts';
import { Outgoing, type Parcel, parcelOverhead } from './outgoing.ts';
import { Pending, PendingPublication } from './publication.ts';
import { checkPublish } from './publisher.ts';
import type { Session } from './session.ts';
import type { ControlEntry } from './tail-log.ts';

/** What a hub's publisher can do. */
export interface Publishing {
  publish(
    scope: Scope,
    to: string | undefined,
    subject: string,
    data: unknown,
    options: PublishOptions,
  ): Publication;
  hasAccepted(from: Session, messageId: string): boolean;
}

/** Publishes events to the log of a cluster: checks them and hands them to the engine. They come back through the tail. */
export class RemotePublisher implements Publishing {
  readonly outgoing: Outgoing;
  readonly #host: HubParts;
  readonly #wallTime: () => number;
  readonly #memory: PublishMemory;

  /** @param failed - called for an event that will never be known to be accepted. */
  constructor(
    host: HubParts,
    source: LogSource,
    { wallTime, failed }: { wallTime: () => number; failed: (error: CometError, subject: string) => void },
  ) {
    this.#host = host;
    this.#memory = new PublishMemory(host.memory);
    this.#wallTime = wallTime;
    this.outgoing = new Outgoing(source, {
      log: host.log,
      find: (position, parcel) => this.#find(position, parcel),
      failed: ({ entry }, error) =>
        entry.kind === 'data' && failed(CometError.from(error), entry.draft.subject),
    });
  }

  hasAccepted(from: Session, messageId: string): boolean {
    return this.#memory.lookup(from, messageId, this.#host.now()) !== undefined;
  }

  publish(
    scope: Scope,
    to: string | undefined,
    subject: string,
    data: unknown,
    options: PublishOptions,
  ): Publication {
    const { limits, closed } = this.#host;
    checkPublish(options);
    const { from, messageId, name, except, traceparent } = options;
    if (closed) throw closing();
    const now = this.#host.now();
    const matching = options.matching ?? this.#host.subjects;
    const addressing = { scope, to, from: from?.id, name, except: except?.id, traceparent };
    const { time: _time, ...draft } = draftEvent(subject, data, addressing, 0, limits, matching);
    this.outgoing.checkRoom(now);
    const pending = new Pending<CometEvent>();
    const key = messageId === undefined ? undefined : `${from?.id ?? ''}:${messageId}`;
    const size = parcelOverhead + draft.json.length + subject.length;
    const parcel: Parcel = { entry: { kind: 'data', draft }, key, pending: pending as never, at: now, size };
    if (from !== undefined && messageId !== undefined) {
      const note = (event: CometEvent) => this.#memory.remember(from, messageId, event, this.#host.now());
      pending.wait().then(note, ignore);
    }
    this.outgoing.add(parcel);
    return new PendingPublication(pending);
  }

  /** Sends a change of a session. */
  async change(session: string, change: SessionChange): Promise<Changed> {
    if (this.#host.closed) throw closing();
    const now = this.#host.now();
    this.outgoing.checkRoom(now);
    const pending = new Pending<ControlEntry>();
    const size = parcelOverhead + JSON.stringify(change).length;
    const entry = { kind: 'control', session, change } as const;
    this.outgoing.add({ entry, key: undefined, pending: pending as never, at: now, size });
    const { position, cursor } = await pending.wait();
    return { position, cursor };
  }

  close(): void {
    this.outgoing.close(closing());
  }

  // The log may have let go of it.
  #find(position: number, { entry }: Parcel): CometEvent | undefined {
    if (entry.kind !== 'data') return undefined;
    const { log } = this.#host;
    const draft = { ...entry.draft, time: this.#wallTime() };
    return log.at(position) ?? new LogEvent(draft, position, log.cursorAt(position) ?? '');
  }
}

function closing(): CometError {
  return new CometError('hub-closed', 'the server is shutting down', {});
}

function ignore(): undefined {
  return undefined;
}
