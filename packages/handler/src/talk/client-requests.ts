import { CometError, type Hub, type JsonValue, type Session } from '@cometkit/core';
import { RequestError } from './request-error.ts';
import type { Surroundings } from './surroundings.ts';

/** Options of a request to a client. */
export interface ClientRequestOptions {
  /** How long the answer may take, in milliseconds. @defaultValue 30 000 ms */
  readonly timeoutMs?: number | undefined;
  /** Gives the request up: the promise rejects with the signal's reason, also when the client carries it out. */
  readonly signal?: AbortSignal | undefined;
}

/** The subject of the requests by which clients answer. */
export const answerSubject = '/$answer';

// The requests to one session that may wait for their answer.
const maxPending = 64;
const maxReasonLength = 256;
const codeShape = /^[a-z][a-z0-9-]{0,63}$/;

interface Pending {
  readonly session: Session;
  settle(outcome: { readonly value: JsonValue } | { readonly error: unknown }): void;
}

/** What a request to a client needs of its hub. */
interface Needs {
  readonly hub: Hub;
  readonly randomId: () => string;
  readonly surroundings: () => Surroundings;
}

/**
 * The requests to clients that wait for an answer.
 *
 * The question is an event for the session alone, and the answer a request of its client: each survives what those survive.
 */
export class ClientRequests {
  readonly #needs: Needs;
  readonly #pending = new Map<string, Pending>();

  constructor(needs: Needs) {
    this.#needs = needs;
    const lost = (session: Session): void => this.#lost(session);
    needs.hub.on('session-closed', lost);
    needs.hub.on('gap', lost);
  }

  /** Asks the client of a session. See {@link Talk.request}. */
  ask(session: Session, subject: string, data: unknown, options: ClientRequestOptions): Promise<JsonValue> {
    const { hub, randomId, surroundings } = this.#needs;
    const { timeoutMs = 30_000, signal } = options;
    signal?.throwIfAborted();
    if (session.closed) throw unconfirmed();
    if ([...this.#pending.values()].filter((one) => one.session === session).length >= maxPending)
      throw new CometError('too-busy', 'too many requests to this client wait', { limit: maxPending });
    const messageId = randomId();
    return new Promise((resolve, reject) => {
      const aborted = (): void => settle({ error: signal?.reason });
      const cancel = surroundings().later(
        () => settle({ error: new RequestError('timeout', 'the client did not answer in time') }),
        Math.min(timeoutMs, 2 ** 31 - 1),
      );
      const settle: Pending['settle'] = (outcome) => {
        this.#pending.delete(messageId);
        cancel();
        signal?.removeEventListener('abort', aborted);
        if ('value' in outcome) resolve(outcome.value);
        else reject(outcome.error);
      };
      signal?.addEventListener('abort', aborted);
      this.#pending.set(messageId, { session, settle });
      try {
        const asked = { messageId, subject, data: data ?? null };
        hub.send(session.id, '/$request', asked, { name: 'request', matching: 'prefix' });
      } catch (error) {
        settle({ error });
      }
    });
  }

  /**
   * Takes an answer.
   *
   * @throws {RequestError} `no-request` — nobody waits for it.
   */
  answered(session: Session, given: JsonValue): null {
    const { messageId, value = null, error } = Object(given) as Record<string, JsonValue | undefined>;
    const pending = this.#pending.get(String(messageId));
    // Nobody answers for another client.
    if (pending === undefined || pending.session !== session)
      throw new RequestError('no-request', 'nobody waits for this answer');
    pending.settle(error === undefined ? { value } : { error: errorOf(error) });
    return null;
  }

  #lost(session: Session): void {
    for (const pending of this.#pending.values())
      if (pending.session === session) pending.settle({ error: unconfirmed() });
  }
}

function unconfirmed(): RequestError {
  return new RequestError(
    'unconfirmed',
    'the session has ended, or events were lost: it may have been carried out',
  );
}

// A client says what it likes.
function errorOf(error: JsonValue): RequestError {
  const { code, reason } = Object(error) as Record<string, JsonValue | undefined>;
  const word = typeof code === 'string' && codeShape.test(code) ? code : 'failed';
  return new RequestError(
    word,
    typeof reason === 'string' ? reason.slice(0, maxReasonLength) : 'the client failed',
  );
}
