import { CometError } from '@cometkit/core';

type Warn = (text: string, error: unknown) => void;

const maxKinds = 32;

/**
 * Makes what tells of failures where the program has given no `onError`: a warning on the console for the first failure of
 * each kind, so that a hook that is broken is seen, and a client cannot fill a log.
 *
 * @param warn - takes the words and the error. @defaultValue the platform's `console.warn`
 * @returns a reporter. A kind is where it happened and what class of error; there are at most 32.
 */
export function warnOnce(warn: Warn = toConsole): (error: unknown, where: string) => void {
  const told = new Set<string>();
  return (error, where) => {
    const kind = `${where}: ${error instanceof Error ? error.name : typeof error}`;
    if (told.has(kind) || told.size >= maxKinds) return;
    told.add(kind);
    warn(
      `[cometkit] ${where} (warned of once; the option onError gets every failure):`,
      error instanceof CometError ? error.reason : error,
    );
  };
}

function toConsole(text: string, error: unknown): void {
  const { console } = globalThis as { console?: { warn: Warn } };
  console?.warn(text, error);
}
