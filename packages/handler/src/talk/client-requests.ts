import { CometError, type Hub, type JsonValue, type Session } from '@cometkit/core';
import { engineOf } from '../cluster/engines.ts';
import { ClusterKeys } from '../cluster/keys.ts';
import { partOfInbox } from '../cluster/mail.ts';
import { AnswerRelay, type GivenAnswer, type Taken } from './answer-relay.ts';
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

// An answer that is brought again was taken.
const maxTaken = 256;

interface Pending {
  /** The id of the session. */
  readonly session: string;
  /** Which of the tabs that share the session was the first to say that it answers. */
  claimedBy?: string;
  settle(outcome: { readonly value: JsonValue } | { readonly error: unknown }): void;
}

interface Question {
  /** The id of the session. */
  readonly id: string;
  readonly messageId: string;
  readonly subject: string;
  readonly data: unknown;
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
 * The question is an event for the session alone, and the answer a request of its client: each survives what those survive. An answer
 * may come to another node of a cluster, which brings it to the one that its id names.
 */
export class ClientRequests {
  readonly #needs: Needs;
  readonly #pending = new Map<string, Pending>();
  readonly #taken = new Set<string>();
  readonly #relay: AnswerRelay | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
    const { hub, surroundings } = needs;
    const lost = ({ id }: Session): void => this.#lost(id);
    hub.on('session-closed', lost);
    hub.on('gap', lost);
    const [node, engine] = [hub.cluster?.node, engineOf(hub)];
    if (node === undefined || engine === undefined) return;
    this.#relay = new AnswerRelay({
      node,
      inbox: partOfInbox(engine.inbox, 'q'),
      keys: new ClusterKeys(engine.secrets),
      later: (task, delayMs) => surroundings().later(task, delayMs),
      take: (answer, bearer) => this.#take(answer, bearer),
    });
  }

  /** Asks the client of a session. See {@link Talk.request}. */
  async ask(
    session: Session | string,
    subject: string,
    data: unknown,
    options: ClientRequestOptions,
  ): Promise<JsonValue> {
    const { randomId, hub } = this.#needs;
    const id = typeof session === 'string' ? session : session.id;
    // In a cluster another node may have it, and what this one knew of it has been let go.
    if (hub.cluster === undefined && hub.session(id) === undefined) throw unconfirmed();
    const own = randomId();
    const messageId = this.#relay === undefined ? own : await this.#relay.signed(own);
    // Also while the id was signed: an abort that was told already is never told again.
    options.signal?.throwIfAborted();
    return this.#put({ id, messageId, subject, data: data ?? null }, options);
  }

  /**
   * Takes an answer, or the claim of one of the tabs that share a session, or brings it to the node that waits for it.
   *
   * @returns for a claim, whether it is the first one; null for an answer.
   * @throws {RequestError} `no-request` — nobody waits for it; `unconfirmed` — there is no word of the node that does.
   */
  async answered(session: Session, data: JsonValue): Promise<boolean | null> {
    const answer = { session: session.id, data };
    const elsewhere = await this.#relay?.pass(messageIdOf(data), answer);
    const taken = elsewhere === undefined ? this.#take(answer, this.#needs.randomId()) : elsewhere;
    if (taken === null) throw new RequestError('no-request', 'nobody waits for this answer');
    return isClaim(data) ? taken : null;
  }

  #put(question: Question, options: ClientRequestOptions): Promise<JsonValue> {
    const { id } = question;
    if ([...this.#pending.values()].filter((one) => one.session === id).length >= maxPending)
      throw new CometError('too-busy', 'too many requests to this client wait', { limit: maxPending });
    return new Promise((resolve, reject) => this.#send(question, options, { resolve, reject }));
  }

  #send(
    { id, ...asked }: Question,
    { timeoutMs = 30_000, signal }: ClientRequestOptions,
    { resolve, reject }: { resolve(value: JsonValue): void; reject(reason: unknown): void },
  ): void {
    const { hub, surroundings } = this.#needs;
    const { messageId } = asked;
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
    this.#pending.set(messageId, { session: id, settle });
    try {
      const sent = hub.send(id, '/$request', asked, { name: 'request', matching: 'prefix' });
      if (hub.cluster !== undefined) accepted(sent).catch(() => settle({ error: unconfirmed() }));
    } catch (error) {
      settle({ error });
    }
  }

  #take(answer: GivenAnswer, bearer: string): Taken {
    const { session, data } = answer;
    const pending = this.#pending.get(messageIdOf(data));
    // Nobody answers for another client; what is brought again was taken, and a claim that comes after an answer is not the first.
    if (pending?.session !== session) return this.#taken.has(keyOf(answer)) ? !isClaim(data) : null;
    if (isClaim(data)) {
      pending.claimedBy ??= bearer;
      return pending.claimedBy === bearer;
    }
    this.#remember(keyOf(answer));
    const { value = null, error } = Object(data) as Record<string, JsonValue | undefined>;
    pending.settle(error === undefined ? { value } : { error: errorOf(error) });
    return true;
  }

  #remember(taken: string): void {
    this.#taken.add(taken);
    for (const oldest of this.#taken) {
      if (this.#taken.size <= maxTaken) break;
      this.#taken.delete(oldest);
    }
  }

  #lost(session: string): void {
    for (const pending of this.#pending.values())
      if (pending.session === session) pending.settle({ error: unconfirmed() });
  }
}

function isClaim(data: JsonValue): boolean {
  return Object(data).claim === true;
}

// A hub that is one of many nodes gives what waits for the engine.
async function accepted(sent: unknown): Promise<void> {
  await (sent as { accepted(): Promise<unknown> } | undefined)?.accepted();
}

function keyOf({ session, data }: GivenAnswer): string {
  return `${session} ${messageIdOf(data)}`;
}

function messageIdOf(data: JsonValue): string {
  const { messageId } = Object(data) as Record<string, JsonValue | undefined>;
  return typeof messageId === 'string' ? messageId : '';
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
