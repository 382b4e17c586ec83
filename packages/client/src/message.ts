import type { JsonValue } from '@cometkit/core';
import { checkOptions, having, type RulesOf, text } from '@cometkit/core/check-options';
import type { PublishOptions } from './client-types.ts';
import { ClientError } from './errors.ts';
import type { WireFields } from './machine/wire.ts';

/** What each option of a message may be. */
export const publishRules: RulesOf<PublishOptions> = { to: text, signal: having('addEventListener') };

/**
 * Checks a message, and makes the fields of its request.
 *
 * @throws {ClientError} `invalid` — the subject is no text, or the data cannot be written as JSON.
 * @throws {TypeError} an option is unknown or of the wrong type.
 */
export function messageOf(subject: string, data: unknown, options: PublishOptions): WireFields {
  checkOptions(options, publishRules);
  if (typeof subject !== 'string') throw invalid('publish: the subject must be a string');
  return {
    p_event: 'publish',
    p_subject: subject,
    p_to: options.to,
    data: jsonOf(data, 'publish: the data'),
  };
}

/**
 * Copies a value as JSON carries it, so that what the application changes later is not sent.
 *
 * @param what - names the value in the error.
 * @throws {ClientError} `invalid`.
 */
export function jsonOf<Value extends JsonValue | WireFields>(value: unknown, what: string): Value {
  let written: string | undefined;
  try {
    written = JSON.stringify(value);
  } catch (cause) {
    throw invalid(`${what} cannot be written as JSON`, cause);
  }
  if (written === undefined)
    throw invalid(`${what} cannot be written as JSON: there is none for ${typeof value}`);
  return JSON.parse(written) as Value;
}

function invalid(reason: string, cause?: unknown): ClientError {
  return new ClientError({ code: 'invalid', reason, cause });
}
