import type { Hub } from '@cometkit/core';
import { contextOf } from './session-context.ts';

const known = new WeakMap<Hub, Set<string>>();

/**
 * The cookie tokens of the sessions of a hub. Every session has its own, so browsers collect cookies; the next join
 * removes those of sessions that have ended.
 */
export function tokensOfSessions(hub: Hub): Set<string> {
  const found = known.get(hub);
  if (found !== undefined) return found;
  const tokens = new Set<string>();
  known.set(hub, tokens);
  hub.on('session-closed', (session) => {
    const token = contextOf(session)?.binding.token;
    if (token !== undefined) tokens.delete(token);
  });
  return tokens;
}
