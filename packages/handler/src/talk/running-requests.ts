import { CometError, type Hub, ownText, RecentIds, type Session } from '@cometkit/core';

/** The outcome of a request. */
export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly reason: string } };

/** The name of the events that carry answers. */
const answerName = 'request-answer';

// As many ids as the hub remembers of the messages of a session.
const keepCount = 1024;
const maxRunning = 64;

/** Tells a handler that nobody waits for its answer any more. Most do not ask, and a signal of the platform is dear. */
export class GivenUp {
  #controller: AbortController | undefined = undefined;
  #reason: { readonly value: unknown } | undefined = undefined;

  /** The signal, the same at each call. */
  signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.value);
    }
    return this.#controller.signal;
  }

  /** True once {@link GivenUp.abort} was called. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** @param reason - of the signal. @defaultValue that of the platform */
  abort(reason?: unknown): void {
    this.#reason ??= { value: reason };
    this.#controller?.abort(reason);
  }
}

interface Requests {
  /** Requests that run, with what tells their handler that nobody waits. */
  readonly running: Map<string, GivenUp>;
  /** The requests that were begun last. */
  readonly begun: RecentIds;
}

/**
 * Which requests of a session run or have run, so that none runs twice.
 *
 * @remarks
 * The answer itself is an event for the session alone: it waits for its client as every event does, over a cut as over a change
 * of the transport, and becomes a gap where the log has no room for it. Here only ids are kept: all that run, and hashes of up to 1,024 of a
 * session. They are kept for as long as anything holds the session, also after it has ended.
 */
export class RunningRequests {
  readonly #hub: Hub;
  readonly #of = new WeakMap<Session, Requests>();

  constructor(hub: Hub) {
    this.#hub = hub;
    hub.on('session-closed', (session) => {
      const { running, begun } = this.#of.get(session) ?? {};
      for (const [messageId, abort] of running ?? []) {
        begun?.add(messageId, 0);
        abort.abort();
      }
      running?.clear();
    });
  }

  /** Returns whether a request runs, or is one of the last 1,024 that its session began. */
  knows(session: Session, messageId: string): boolean {
    const requests = this.#of.get(session);
    return requests?.running.has(messageId) === true || requests?.begun.find(messageId) !== undefined;
  }

  /**
   * Makes sure that another request of a session may run.
   *
   * @throws {CometError} `too-busy` — 64 requests of the session run.
   */
  check(session: Session): void {
    if ((this.#of.get(session)?.running.size ?? 0) >= maxRunning)
      throw new CometError('too-busy', 'too many requests of this session run', { limit: maxRunning });
  }

  /**
   * Notes that a request runs.
   *
   * @returns what tells its handler that nobody waits for the answer any more.
   * @throws {CometError} `too-busy` — 64 requests of the session run.
   */
  begin(session: Session, messageId: string): GivenUp {
    this.check(session);
    const { running, begun } = this.#requestsOf(session);
    const abort = new GivenUp();
    running.set(ownText(messageId), abort);
    const before = begun.bytes;
    begun.add(messageId, this.#hub.hold(session, 0));
    this.#hub.hold(session, begun.bytes - before);
    return abort;
  }

  /**
   * Sends the answer of a request that runs. A request has one answer: a later one is dropped, and so is one that comes after the
   * session has ended.
   *
   * @throws {CometError} `invalid-data`, `event-too-large` — the value cannot be an answer; the request still runs.
   */
  end(session: Session, messageId: string, subject: string, answer: Answer): void {
    const running = this.#of.get(session)?.running;
    if (running?.has(messageId) !== true) return;
    this.#hub.send(session.id, subject, { messageId, ...answer }, { name: answerName, matching: 'prefix' });
    running.delete(messageId);
  }

  #requestsOf(session: Session): Requests {
    let requests = this.#of.get(session);
    if (requests === undefined) {
      requests = { running: new Map(), begun: new RecentIds(keepCount) };
      this.#of.set(session, requests);
      this.#hub.hold(session, requests.begun.bytes);
    }
    return requests;
  }
}
