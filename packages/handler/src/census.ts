import type { Hub, Session } from '@cometkit/core';
import type { SessionContext } from './session-context.ts';

/** How a session listens: a mode of HTTP, a connection of messages, or a transport that no handler has made. */
export const transportNames = ['stream', 'pull', 'poll', 'websocket', 'tcp', 'udp', 'other'] as const;
export type TransportName = (typeof transportNames)[number];

/**
 * How a channel stands: `open`; `congested`, its reader takes less than it is sent; `away`, none is open and the session
 * waits for its client.
 */
export const sessionStates = ['open', 'congested', 'away'] as const;
export type SessionState = (typeof sessionStates)[number];

/** Live sessions by how they listen and how they stand. */
export type Census = Readonly<Record<TransportName, Record<SessionState, number>>>;

const names: ReadonlySet<unknown> = new Set(transportNames);

/** Counts the sessions of a hub. It looks at each of them: for a scrape, not for every event. */
export function censusOf(hub: Hub): Census {
  const census = Object.fromEntries(
    transportNames.map((name) => [name, { open: 0, congested: 0, away: 0 }]),
  ) as Census;
  for (const session of hub.sessions()) census[transportOf(session)][stateOf(session)] += 1;
  return census;
}

// Not asked for its class: another instance of this module may have made it.
function transportOf({ context }: Session): TransportName {
  const { medium, mode } = (context ?? {}) as Partial<SessionContext>;
  const name = medium ?? mode;
  return names.has(name) ? (name as TransportName) : 'other';
}

function stateOf({ transport }: Session): SessionState {
  if (transport === undefined) return 'away';
  return 'congested' in transport && transport.congested === true ? 'congested' : 'open';
}
