import { CometError } from '@cometkit/core';
import { isPromise } from '../authorize.ts';
import type { RequestState } from '../request-state.ts';

/** Another node has taken the session while a command of it waited here. The command can be carried out once this node takes it in again. */
export class Moved extends CometError<'unknown-session'> {
  constructor() {
    super('unknown-session', 'invalid or expired id', {});
  }
}

/**
 * Carries out a command of a session, again when it has moved meanwhile.
 *
 * @param prepare - takes the session in; gives undefined when it is here.
 * @param tries - how often it is carried out once more; a session hardly ever moves twice at a time.
 */
export function executeWhereItIs<T>(
  state: RequestState,
  prepare: () => Promise<void> | undefined,
  execute: () => T | Promise<T>,
  tries = 2,
): T | Promise<T> {
  const again = (error: unknown): T | Promise<T> => {
    if (!(error instanceof Moved) || tries === 0) throw error;
    state.proven = undefined;
    return executeWhereItIs(state, prepare, execute, tries - 1);
  };
  const preparing = prepare();
  if (preparing !== undefined) return preparing.then(execute).catch(again);
  const answer = execute();
  return isPromise(answer) ? answer.catch(again) : answer;
}
