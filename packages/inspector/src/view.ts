import type { Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { censusOf, isReady, stateOf, totalsOf, transportOf } from '@cometkit/handler';
import type { Operated } from './actions.ts';
import type { DrainView } from './drainer.ts';
import type { Happening, Timeline } from './timeline.ts';

/** One session as the page lists it. */
export interface SessionRow {
  readonly id: string;
  readonly principal: string | undefined;
  readonly transport: string;
  readonly state: string;
  readonly patterns: readonly string[];
  /** How many patterns there are beside those shown. */
  readonly more: number;
  readonly taken: number;
  readonly acked: number;
  readonly acknowledges: boolean;
  readonly grouped: boolean;
  readonly queued: number;
  readonly queuedBytes: number;
}

const shownPatterns = 8;
const shownSubjects = 30;
const shownChars = 100;
// The overview is read each second: clients who subscribe to ever more must not make it stop the process.
const maxCounted = 20_000;

/** Describes a session. No key, no cookie and no payload is in it, and of a long principal its first 100 characters. */
export function rowOf(session: Session): SessionRow {
  const { id, principal, subscriptions, taken, acked, acknowledges, grouped, queued } = session;
  return {
    id,
    principal:
      principal !== undefined && principal.length > shownChars
        ? `${principal.slice(0, shownChars)}…`
        : principal,
    transport: transportOf(session),
    state: stateOf(session),
    patterns: subscriptions.slice(0, shownPatterns).map(({ pattern }) => pattern),
    more: Math.max(0, subscriptions.length - shownPatterns),
    taken,
    acked,
    acknowledges,
    grouped,
    queued: queued.size,
    queuedBytes: queued.bytes,
  };
}

/**
 * Finds sessions by a part of their id, principal or a pattern; all when the part is empty.
 *
 * @returns at most `limit` rows, oldest session first, and how many match in all.
 */
export function findSessions(
  hub: ClusterHub,
  part: string,
  limit: number,
): { rows: SessionRow[]; total: number } {
  const rows: SessionRow[] = [];
  let total = 0;
  for (const session of hub.sessions()) {
    if (!isFound(session, part)) continue;
    total += 1;
    if (rows.length < limit) rows.push(rowOf(session));
  }
  return { rows, total };
}

function isFound({ id, principal, subscriptions }: Session, part: string): boolean {
  if (part === '' || id.includes(part) || principal?.includes(part) === true) return true;
  return subscriptions.some(({ pattern }) => pattern.includes(part));
}

/** What the page shows of the whole hub, once a second. */
export interface Overview {
  /** This node of a cluster; undefined for a hub that is alone. */
  readonly node: string | undefined;
  /** Whether new clients are welcome here. */
  readonly ready: boolean;
  readonly drain: DrainView;
  readonly stats: ReturnType<ClusterHub['stats']>;
  readonly census: ReturnType<typeof censusOf>;
  /** Refusals so far, by code; those that never happened are left out. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Gaps so far, by reason. */
  readonly gaps: Readonly<Record<string, number>>;
  /** The patterns with the most subscriptions, of those that were counted. */
  readonly patterns: readonly (readonly [pattern: string, count: number])[];
  /** How many subscriptions were counted for that: the first 20,000. */
  readonly counted: number;
  /** The last 50 things that happened, newest first. */
  readonly happened: readonly Happening[];
}

/** Reads the overview. It looks at each session. */
export function overviewOf({ hub, drainer }: Operated, timeline: Timeline): Overview {
  const { refusals, gaps } = totalsOf(hub);
  return {
    node: hub.cluster?.node,
    ready: isReady(hub),
    drain: drainer.view(),
    stats: hub.stats(),
    census: censusOf(hub),
    refusals: Object.fromEntries([...refusals].filter(([, count]) => count > 0)),
    gaps,
    ...patternsOf(hub),
    happened: timeline.recent(),
  };
}

function patternsOf(hub: ClusterHub): Pick<Overview, 'patterns' | 'counted'> {
  const counts = new Map<string, number>();
  let counted = 0;
  for (const { subscriptions } of hub.sessions()) {
    if (counted >= maxCounted) break;
    counted += subscriptions.length;
    for (const { pattern } of subscriptions) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const patterns = [...counts].sort((one, other) => other[1] - one[1]).slice(0, shownSubjects);
  return { patterns, counted };
}
