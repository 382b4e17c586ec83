import type { JsonValue } from '@cometkit/core';
import { checkOptions, count, having, type RulesOf } from '@cometkit/core/check-options';
import { ClientError, type Failure } from './errors.ts';
import type { ClientItem } from './items.ts';
import type { ClientRuntime } from './runtime.ts';

/** Options of a request. */
export interface RequestOptions {
  /** How long its answer may take, in milliseconds. @defaultValue 30 000 ms */
  readonly timeoutMs?: number | undefined;
  /** Gives the request up: the promise rejects with the signal's reason, also when the server carries it out. */
  readonly signal?: AbortSignal | undefined;
}

/** What each option of a request may be. */
export const requestRules: RulesOf<RequestOptions> = { timeoutMs: count, signal: having('addEventListener') };
/** How long an answer may take unless the request says otherwise, in milliseconds. */
export const usualMs: number = 30_000;
/** Timers of platforms end at once beyond it. */
export const longestMs: number = 2 ** 31 - 1;

interface Pending {
  /** True once the server has said that it carries the request out. */
  accepted?: true;
  /** Resolves with a value, or rejects with a reason when there is none. */
  settle(value: JsonValue | undefined, reason?: unknown): void;
}

/**
 * The requests of a client that wait for their answer.
 *
 * An answer is an event for this session alone. It comes with the stream, so that it survives what the stream survives.
 */
export class Requests {
  readonly #runtime: Pick<ClientRuntime, 'setTimer' | 'clearTimer'>;
  readonly #pending = new Map<string, Pending>();

  constructor(runtime: Pick<ClientRuntime, 'setTimer' | 'clearTimer'>) {
    this.#runtime = runtime;
  }

  /**
   * Waits for the answer of a request.
   *
   * @param key - its message id.
   * @param send - sends it until it is acknowledged, which is when the server carries it out; returns what gives it up.
   * @throws {ClientError} `refused` with the `serverCode` of the handler, `no-handler` or `failed`; `timeout`; `unconfirmed`; and what
   *   `send` rejects with.
   */
  ask(
    key: string,
    options: RequestOptions,
    send: (settle: (failure: Failure | undefined) => void) => () => void,
  ): Promise<JsonValue> {
    checkOptions(options, requestRules);
    const { timeoutMs = usualMs, signal } = options;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const aborted = (): void => settle(undefined, signal?.reason);
      let giveUp: (() => void) | undefined;
      const late = this.#runtime.setTimer(
        () => settle(undefined, new ClientError({ code: 'timeout' })),
        Math.min(timeoutMs, longestMs),
      );
      // What is settled must not be sent any more: in the next session it would be carried out again.
      const stop = (): void => (pending.accepted ? undefined : giveUp?.());
      const settle: Pending['settle'] = (value, reason) => {
        this.#pending.delete(key);
        this.#runtime.clearTimer(late);
        signal?.removeEventListener('abort', aborted);
        if (value === undefined) {
          reject(reason);
          stop();
        } else {
          resolve(value);
          // The answer may come before the acknowledgement of the same turn.
          if (!pending.accepted) this.#runtime.setTimer(stop, 0);
        }
      };
      const pending: Pending = { settle };
      this.#pending.set(key, pending);
      signal?.addEventListener('abort', aborted);
      giveUp = send((failure) => {
        if (failure) settle(undefined, new ClientError(failure));
        else pending.accepted = true;
      });
    });
  }

  /**
   * Takes an answer.
   *
   * @param id - public id of the session.
   * @returns true for an answer, also a late one, which is nobody else's business.
   */
  take(item: ClientItem, id: string | undefined): boolean {
    if (item.kind !== 'data' || item.name !== 'request-answer' || item.from || item.to !== id) return false;
    const { messageId, value = null, error } = Object(item.data);
    this.#pending
      .get(messageId)
      ?.settle(
        error ? undefined : value,
        error && new ClientError({ code: 'refused', serverCode: error.code, reason: error.reason }),
      );
    return true;
  }

  /** Tells those whose request was carried out that their answer will not come: its session has ended, or a gap may cover it. */
  lost(): void {
    for (const { accepted, settle } of this.#pending.values())
      if (accepted) settle(undefined, new ClientError({ code: 'unconfirmed' }));
  }
}
