import type { Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { MediumName } from './connections/message-format.ts';
import type { SessionContext } from './session-context.ts';
import type { Mode } from './wire-names.ts';

/** How a session listens: an HTTP mode, a connection of messages, or a transport that no handler made. */
export type TransportName = Mode | MediumName | 'other';

/**
 * The state of a channel: `open`; `congested`, when its reader takes less than it is sent; `away`, when no channel is
 * open and the session waits for its client.
 */
export type SessionState = 'open' | 'congested' | 'away';

/** Live sessions by transport and state. */
export type Census = Readonly<Record<TransportName, Record<SessionState, number>>>;

const nobody = () => ({ open: 0, congested: 0, away: 0 });

/** Counts the sessions of a hub. It visits each of them, so it is meant for a scrape and not for every event. */
export function censusOf(hub: ClusterHub): Census {
  const census: Census = {
    stream: nobody(),
    'long-poll': nobody(),
    poll: nobody(),
    websocket: nobody(),
    tcp: nobody(),
    udp: nobody(),
    other: nobody(),
  };
  for (const session of hub.sessions()) census[transportOf(session)][stateOf(session)] += 1;
  return census;
}

const names: ReadonlySet<string> = new Set(['stream', 'long-poll', 'poll', 'websocket', 'tcp', 'udp']);

/** Returns how a session listens, or listened last. */
export function transportOf({ context }: Session): TransportName {
  // Not checked with `instanceof`: another instance of this module may have made it.
  const { medium, mode } = (context ?? {}) as Partial<SessionContext>;
  const name = medium ?? mode;
  return typeof name === 'string' && names.has(name) ? name : 'other';
}

/** Returns the state of a session's channel. */
export function stateOf(session: Session): SessionState {
  // Who falls behind leaves its group. So most sessions are counted without a look at their sockets, which lie far apart in memory.
  if (session.grouped) return 'open';
  const { transport } = session;
  if (transport === undefined) return 'away';
  return 'congested' in transport && transport.congested === true ? 'congested' : 'open';
}
