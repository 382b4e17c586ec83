import type { Failure } from '../errors.ts';
import type { State } from './state.ts';

// What is turned away so often, while other requests pass, is turned away for ever (attempts).
const most = 3;

/**
 * Counts the times that something in front of the server turned a request away for what it carries: a firewall that dislikes a word,
 * a gateway with a limit of its own. Before the next attempt a bare heartbeat has to pass, for a portal turns away everything.
 *
 * @returns true when no further attempt will help.
 */
export function isRebuffed(state: State, { code, status = 0, serverCode }: Failure): boolean {
  const lasting = /^4(?!08|25|29)/.test(`${status}`) && !serverCode;
  if (code !== 'redirected' && !lasting) return false;
  state.proof = true;
  state.rebuffs += 1;
  return state.rebuffs >= most;
}
