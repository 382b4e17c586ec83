import { CometError } from '@cometkit/core';
import { isPromise } from './authorize.ts';
import type { Logger } from './logger.ts';

/** One warning. */
export interface Warning {
  /** The kind of warning, from a closed list: each kind is logged once in an interval. */
  readonly kind: string;
  readonly message: string;
  /**
   * The case within the kind, if the remedy differs between cases: the first few are logged each. A client may choose
   * this text.
   *
   * @defaultValue the same case for all
   */
  readonly about?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What was logged of one kind since its interval began. */
interface Said {
  readonly since: number;
  readonly cases: Set<string>;
  held: number;
}

const intervalMs = 600_000;
const maxKinds = 64;
const maxCases = 8;

/**
 * Logs warnings for the operator, each kind once in ten minutes: a hook that fails for every request gets noticed, and
 * no client can fill a log.
 */
export class Warnings {
  readonly #logger: Logger | undefined;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  /**
   * @param logger - `false` disables the warnings; the default is the console.
   * @param now - the time in monotonic milliseconds.
   */
  constructor(logger: Logger | false | undefined, now: () => number) {
    this.#logger = logger === false ? undefined : (logger ?? consoleLogger);
    this.#now = now;
  }

  /**
   * Logs a warning, unless the same was logged less than ten minutes ago. The next warning of its kind says how many
   * were suppressed.
   */
  warn({ kind, message, about = '', details = {} }: Warning): void {
    const said = this.#saidOf(kind);
    if (said === undefined) return;
    const { held, cases } = said;
    if (cases.has(about) || cases.size >= maxCases) {
      said.held += 1;
      return;
    }
    cases.add(about);
    said.held = 0;
    const more = held === 0 ? '' : ` (and ${held} more of this kind since the last warning)`;
    this.#log({ kind, ...details, ...(held > 0 && { times: held }) }, message + more);
  }

  /**
   * Logs a failure.
   *
   * @param where - what failed; together with the class of the error it is the kind.
   */
  failure(error: unknown, where: string): void {
    const known = error instanceof CometError;
    const name = error instanceof Error ? error.name : typeof error;
    this.warn({
      kind: `${where}: ${name}`,
      message: `${where}: ${known ? error.reason : textOf(error)}`,
      details: known
        ? { code: error.code, ...(error.cause !== undefined && { err: error.cause }) }
        : { err: error },
    });
  }

  #saidOf(kind: string): Said | undefined {
    const now = this.#now();
    const said = this.#said.get(kind);
    if (said !== undefined && now - said.since < intervalMs) return said;
    if (said === undefined && this.#said.size >= maxKinds) this.#forget(now);
    if (said === undefined && this.#said.size >= maxKinds) return undefined;
    const begun: Said = { since: now, cases: new Set(), held: said?.held ?? 0 };
    this.#said.set(kind, begun);
    return begun;
  }

  #forget(now: number): void {
    for (const [kind, { since }] of this.#said) if (now - since >= intervalMs) this.#said.delete(kind);
  }

  // The logger itself failed; there is nowhere left to report it.
  #log(details: object, message: string): void {
    try {
      const result = this.#logger?.warn(details, message);
      if (isPromise(result)) result.then(undefined, ignore);
    } catch (error) {
      ignore(error);
    }
  }
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : `a thrown ${error === null ? 'null' : typeof error}`;
}

function ignore(_error: unknown): undefined {
  return undefined;
}

interface PlatformConsole {
  warn(...texts: unknown[]): void;
}

// People read a sentence, and the stack where there is one; what else is in the details is for programs.
const consoleLogger: Logger = {
  warn(details, message) {
    const { console } = globalThis as { console?: PlatformConsole };
    const { err } = details as { err?: unknown };
    console?.warn(`[cometkit] ${message}`, ...(err === undefined ? [] : [err]));
  },
};
