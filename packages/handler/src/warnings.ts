import { CometError } from '@cometkit/core';
import { isPromise } from './authorize.ts';
import type { Logger } from './logger.ts';

/** One thing to warn of. */
export interface Warning {
  /** What kind of thing, of a closed list: of each there is one warning in an interval. */
  readonly kind: string;
  readonly message: string;
  /**
   * Which case of the kind, where cases differ in what is to be done: each is warned of, the first few. A client may choose it.
   *
   * @defaultValue one and the same
   */
  readonly about?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What was said of one kind since its interval began. */
interface Said {
  readonly since: number;
  readonly cases: Set<string>;
  held: number;
}

const intervalMs = 600_000;
const maxKinds = 64;
const maxCases = 8;

/**
 * Warns whoever runs the server, once for each kind of thing in ten minutes: a hook that fails for every request is seen, and
 * no client can fill a log.
 */
export class Warnings {
  readonly #logger: Logger | undefined;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  /**
   * @param logger - `false` for silence. @defaultValue the console
   * @param now - in monotonic milliseconds.
   */
  constructor(logger: Logger | false | undefined, now: () => number) {
    this.#logger = logger === false ? undefined : (logger ?? consoleLogger);
    this.#now = now;
  }

  /** Warns, unless the same was said less than ten minutes ago. The next warning of its kind says how many were held back. */
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
   * Warns of a failure.
   *
   * @param where - what failed; with the class of the error it makes the kind.
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

  // A logger that fails has nobody to be told by.
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
