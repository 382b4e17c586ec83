import { having, type Rule, suchAs } from '@cometkit/core/check-options';

/**
 * Where warnings go: a `pino` logger, or any other that takes an object and a sentence.
 *
 * @remarks
 * The object has `kind`, `times` if warnings were suppressed before, and details of the case: `err`, `code`, `origin`,
 * `host`, `option`, `limit`.
 */
export interface Logger {
  warn(details: object, message: string): unknown;
}

const aLogger = having('warn');

/** The rule of the option `logger`. */
export const loggerRule: Rule = suchAs(
  'a logger with a method warn, or false',
  (value) => value === false || aLogger.test(value),
);
