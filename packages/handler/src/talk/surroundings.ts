import type { HandlerRuntime } from '../runtime.ts';

/** What the conversation of a hub needs of the handler that serves it. */
export interface Surroundings extends Pick<HandlerRuntime, 'defer' | 'later'> {
  /** Gets what listeners, handlers and sources throw. */
  report(error: unknown, where: string): void;
}

/** Returns whether an error only says that somebody has given up, as its signal told it to. */
export function isGivenUp(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
