import type { JsonValue } from '@cometkit/core';
import { lostInJson } from '@cometkit/core/check-data';
import { checkOptions, having, type RulesOf, text } from '@cometkit/core/check-options';
import type { PublishOptions } from './client-types.ts';
import { ClientError, type Failure } from './errors.ts';
import type { ClientItem } from './items.ts';
import type { WireFields } from './machine/wire.ts';
import type { SubscribeOptions } from './options.ts';
import type { ClientSubscription } from './subscription.ts';

/** A subscription or a message that waits. */
export interface Waiting {
  settle(failure: Failure | undefined, sid?: string, from?: string): void;
  take?(item: ClientItem): void;
  /** True when the application learns of its failure without the event `error`. */
  readonly known?: boolean;
  /** True while something waits to be read. */
  readonly behind?: boolean;
  /** A subscription stands again. */
  renew?(): void;
}

/** What each option of a message may be. */
const publishRules: RulesOf<PublishOptions> = { to: text, signal: having('addEventListener') };

/**
 * Checks a message, and makes the fields of its request.
 *
 * @throws {ClientError} `invalid` — the subject is no text, or the data cannot be written as JSON.
 * @throws {TypeError} an option is unknown or of the wrong type.
 */
export function messageOf(subject: string, data: unknown, options: PublishOptions): WireFields {
  checkOptions(options, publishRules);
  return { ...spoken('publish', subject, data), to: options.to };
}

/**
 * Checks a request of the application, and makes the fields of its message.
 *
 * @throws {ClientError} `invalid`, as {@link messageOf} does.
 */
export function questionOf(subject: string, data: unknown): WireFields {
  return spoken('request', subject, data);
}

function spoken(type: 'publish' | 'request', subject: string, data: unknown): WireFields {
  if (typeof subject !== 'string') throw invalid(`${type}: the subject must be a string`);
  return { type, subject, data: jsonOf(data, `${type}: the data`) };
}

/** Makes the fields of the request for a subscription. */
export function subscribeFields(pattern: string, options: SubscribeOptions): WireFields {
  const { label, conflate, since, last, latest } = options;
  const past = { since, last, latest };
  return { type: 'subscribe', subject: pattern, label, conflate, ...past };
}

/**
 * Copies a value as JSON carries it, so that what the application changes later is not sent.
 *
 * @param what - names the value in the error.
 * @throws {ClientError} `invalid`.
 */
export function jsonOf<Value extends JsonValue | WireFields>(value: unknown, what: string): Value {
  try {
    return JSON.parse(JSON.stringify(value, refuseLost)) as Value;
  } catch (cause) {
    throw invalid(`${what} cannot be written as JSON: ${(cause as Error).message}`, cause);
  }
}

function refuseLost(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const given = this[name];
  const lost = typeof given === 'string' ? undefined : lostInJson(given);
  if (lost) throw new TypeError(lost);
  return value;
}

function invalid(reason: string, cause?: unknown): ClientError {
  return new ClientError({ code: 'invalid', reason, cause });
}

/** Ends a subscription when a signal is aborted. The signal may live longer: it keeps nothing of one that has ended. */
export function endOn(signal: AbortSignal | undefined, subscription: ClientSubscription): void {
  if (!signal) return;
  const end = (): void => subscription.unsubscribe();
  subscription.release = () => signal.removeEventListener('abort', end);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
}

/**
 * The outcome of a message.
 *
 * @param send - sends it, or settles what waits for it at once; returns what gives it up.
 * @returns a promise that rejects with a {@link ClientError}, or with the signal's reason.
 */
export function outcome(
  signal: AbortSignal | undefined,
  send: (waiting: Waiting) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      giveUp();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', aborted, { once: true });
    const giveUp = send({
      settle: (failure) => {
        signal?.removeEventListener('abort', aborted);
        if (failure) reject(new ClientError(failure));
        else resolve();
      },
    });
  });
}
