import { CometError, type Session } from '@cometkit/core';
import { isPromise } from '../authorize.ts';
import type { RequestState } from '../request-state.ts';

/** Another node has taken the session while a command of it waited here. The command can be carried out once this node takes it in again. */
export class Moved extends CometError<'unknown-session'> {
  constructor() {
    super('unknown-session', 'invalid or expired id', {});
  }
}

/** What a command needs before it can be carried out, and how. */
interface Task<T> {
  /** The session, if it is here. */
  held(): Session | undefined;
  /** Takes the session in; gives undefined when it is here. */
  prepare(): Promise<void> | undefined;
  execute(): T | Promise<T>;
}

/**
 * Carries out a command of a session, again when it has moved meanwhile.
 *
 * @param tries - how often it is carried out once more; a session hardly ever moves twice at a time.
 */
export function executeWhereItIs<T>(state: RequestState, task: Task<T>, tries = 2): T | Promise<T> {
  const again = (error: unknown): T | Promise<T> => {
    if (!(error instanceof Moved) || tries === 0) throw error;
    state.proven = undefined;
    return executeWhereItIs(state, task, tries - 1);
  };
  const held = task.held();
  const preparing = task.prepare();
  if (preparing !== undefined) return preparing.then(() => executeHere(state, held, task)).catch(again);
  const answer = task.execute();
  return isPromise(answer) ? answer.catch(again) : answer;
}

// While this node read on, it may have read that the session is elsewhere.
function executeHere<T>({ proven }: RequestState, held: Session | undefined, task: Task<T>): T | Promise<T> {
  if ((proven ?? held)?.closed === true) throw new Moved();
  return task.execute();
}
