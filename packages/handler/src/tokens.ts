import type { Hub } from '@cometkit/core';
import { contextOf } from './session-context.ts';

const known = new WeakMap<Hub, Set<string>>();

/**
 * The cookie tokens of a hub's sessions. Every session has one of its own, so browsers gather cookies; those of sessions that
 * have ended are taken back at the next join.
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
