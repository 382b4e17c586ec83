// Publishes to the log of a cluster without reading it: for a worker, a cron job or a command line, which are no nodes.
import { mustBeText } from './check-arguments.ts';
import { checkOptions, type RulesOf, text } from './check-options.ts';
import { type Addressing, draftEvent } from './draft.ts';
import type { Appended, Batch } from './engine-port.ts';
import { CometError } from './errors.ts';
import type { Scope } from './event.ts';
import { type HubLimits, type HubOptions, resolveHubOptions } from './options.ts';
import { Outgoing, type Parcel, parcelOverhead } from './outgoing.ts';
import { Pending } from './publication.ts';

/** How a publish from elsewhere is recognised, and what it is called. */
export interface PublisherOptions {
  /** The publisher's own id of this event: within two minutes it is there once, whichever process or node publishes it again. */
  readonly messageId?: string | undefined;
  /** What an `EventSource` calls the event. @defaultValue none: `onmessage` gets it */
  readonly name?: string | undefined;
}

/** Where an event has its place in the log. */
export interface Placed {
  /** Rises from event to event; not by 1 on every engine. */
  readonly position: number;
  /** True when it was there already, by its `messageId`. */
  readonly repeated: boolean;
}

/** What was published from elsewhere, on its way to the log. */
export interface Sent {
  /**
   * Waits until the engine has the event; its place is what all nodes give it.
   *
   * @throws {CometError} `uncertain` — the engine did not answer for 30 s and may have it; the message says why.
   * @throws {Error} — the engine refuses for good: one line says what to do, and names the option.
   * @remarks Who does not ask gets no promise, and no unhandled rejection.
   */
  accepted(): Promise<Placed>;
}

/** Publishes to the clients of all nodes, from a process that is none. All that is published in one turn travels together, in order. */
export interface Publisher {
  /**
   * Publishes to everybody who has subscribed.
   *
   * @param data - any JSON.
   * @throws {CometError} `invalid-subject`, `invalid-data`, `invalid-field`, `event-too-large`; `too-busy` — more than 10,000 events or
   *   16 MiB wait, or one for 5 s; `hub-closed` — after `close`.
   * @throws {TypeError} — an option is unknown or of the wrong type.
   */
  publish(subject: string, data: unknown, options?: PublisherOptions): Sent;
  /** The same to one session, subscribed or not. Nobody knows here whether it exists. */
  send(sessionId: string, subject: string, data: unknown, options?: PublisherOptions): Sent;
  /** The same to all sessions of a user. */
  sendToPrincipal(principal: string, subject: string, data: unknown, options?: PublisherOptions): Sent;
  /** The same to every session. */
  broadcast(subject: string, data: unknown, options?: PublisherOptions): Sent;
  /** Waits until everything is accepted or has failed, and ends the connection. Without it the process stays alive. */
  close(): Promise<void>;
}

/** How an engine package appends for a publisher. Each method opens the connection where there is none. */
export interface PublishingEnd {
  /**
   * Appends a batch as one frame. Called again only after the last call has settled.
   *
   * @throws {LifeEnded} — the log has begun another life since this batch was sent for the first time.
   * @throws {Error} — the engine refused or did not answer; in one line. It may have the batch nevertheless.
   */
  append(batch: Batch): Promise<Appended>;
  /** Whether trying again is of no use. */
  isFinal(error: unknown): boolean;
  stop(): Promise<void>;
}

/** What was sent in the life before may be known to some nodes, and must not be sent again. */
export class LifeEnded extends Error {
  readonly epoch: string;

  constructor(epoch: string) {
    super('the log has begun another life');
    this.epoch = epoch;
  }
}

/** Time, for a publisher. */
export interface PublisherTime {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs a task again and again. @returns what ends that. */
  every(ms: number, task: () => void): () => void;
}

const retryMs = 100;
const rules: RulesOf<PublisherOptions> = { messageId: text, name: text };

/**
 * Makes a publisher of what an engine package gives.
 *
 * @param limits - how large an event may be, in characters.
 */
export function publisherOver(
  end: PublishingEnd,
  time: PublisherTime,
  limits: Pick<HubOptions, 'maxEventBytes'> = {},
): Publisher {
  return new EnginePublisher(end, time, resolveHubOptions(limits));
}

class EnginePublisher implements Publisher {
  readonly #end: PublishingEnd;
  readonly #time: PublisherTime;
  readonly #outgoing: Outgoing<Placed>;
  readonly #limits: HubLimits;
  #epoch = '';
  #trouble: unknown = undefined;
  #rest: (() => void) | undefined = undefined;
  #closed: Promise<void> | undefined = undefined;

  constructor(end: PublishingEnd, time: PublisherTime, limits: HubLimits) {
    this.#limits = limits;
    this.#end = end;
    this.#time = time;
    const source = { append: (batch: Batch) => this.#append(batch) };
    // Nothing comes back through a tail: the answer of the engine settles it.
    const log = { epoch: '', tail: -1 };
    this.#outgoing = new Outgoing<Placed>(source, { log, find: () => undefined, failed: () => undefined });
    this.#outgoing.start();
  }

  publish(subject: string, data: unknown, options: PublisherOptions = {}): Sent {
    return this.#add('subject', undefined, { subject, data, options });
  }

  send(sessionId: string, subject: string, data: unknown, options: PublisherOptions = {}): Sent {
    mustBeText(sessionId, 'the id of a session');
    return this.#add('session', sessionId, { subject, data, options });
  }

  sendToPrincipal(principal: string, subject: string, data: unknown, options: PublisherOptions = {}): Sent {
    mustBeText(principal, 'a principal');
    return this.#add('principal', principal, { subject, data, options });
  }

  broadcast(subject: string, data: unknown, options: PublisherOptions = {}): Sent {
    return this.#add('all', undefined, { subject, data, options });
  }

  close(): Promise<void> {
    this.#closed ??= this.#outgoing.settled().then(() => this.#end.stop());
    return this.#closed;
  }

  #add(
    scope: Scope,
    to: string | undefined,
    given: { readonly subject: string; readonly data: unknown; readonly options: PublisherOptions },
  ): Sent {
    const { subject, data, options } = given;
    checkOptions(options, rules);
    if (this.#closed !== undefined) throw new CometError('hub-closed', 'the publisher is closed', {});
    const now = this.#time.now();
    const addressing: Addressing = { scope, to, from: undefined, name: options.name, except: undefined };
    const { time: _, ...draft } = draftEvent(subject, data, addressing, 0, this.#limits, 'path');
    this.#outgoing.checkRoom(now);
    const pending = new Pending<Placed>();
    // The same key as that of a node's server.
    const key = options.messageId === undefined ? undefined : `:${options.messageId}`;
    const size = parcelOverhead + draft.json.length + subject.length;
    const parcel: Parcel<Placed> = { entry: { kind: 'data', draft }, key, pending, at: now, size };
    this.#outgoing.add(parcel);
    this.#watch();
    return { accepted: () => pending.wait().catch((error: unknown) => this.#explain(error)) };
  }

  async #append(batch: Batch): Promise<Appended> {
    try {
      const appended = await this.#end.append(batch);
      const { epoch, first, repeated } = appended;
      this.#epoch = epoch;
      this.#trouble = undefined;
      const places = batch.entries.map((_, index) => ({ position: first + index, repeated }));
      this.#outgoing.cameBack(batch.seq, places);
      return appended;
    } catch (error) {
      this.#trouble = error;
      if (error instanceof LifeEnded) this.#outgoing.renewed(this.#epoch, error.epoch);
      else if (this.#end.isFinal(error)) this.#outgoing.close(asError(error));
      throw error;
    }
  }

  // The process lives as long as something waits.
  #watch(): void {
    this.#rest ??= this.#time.every(retryMs, () => this.#outgoing.tick(this.#time.now()));
    void this.#outgoing.settled().then(() => {
      if (!this.#outgoing.idle) return;
      this.#rest?.();
      this.#rest = undefined;
    });
  }

  #explain(error: unknown): never {
    const why = this.#trouble;
    if (!(error instanceof CometError) || error.code !== 'uncertain' || !(why instanceof Error)) throw error;
    throw new CometError('uncertain', `${error.reason}: ${why.message}`, {}, { cause: why });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
