import { having, type Rule, suchAs } from '@cometkit/core/check-options';

/**
 * Where warnings go: a logger of `pino`, or any other that takes an object and a sentence.
 *
 * The object has `kind`, `times` when the same was held back before, and what is known of the case: `err`, `code`, `origin`,
 * `host`, `option`, `limit`.
 */
export interface Logger {
  warn(details: object, message: string): unknown;
}

const aLogger = having('warn');

/** What the option `logger` may be. */
export const loggerRule: Rule = suchAs(
  'a logger with a method warn, or false',
  (value) => value === false || aLogger.test(value),
);
