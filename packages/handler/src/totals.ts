import type { CloseReason, CometErrorCode, CometEvent, GapReason, Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { refusals } from './refusals.ts';

/** What a hook decides. */
export type HookName = 'join' | 'subscribe' | 'publish';

/** A request that was refused. */
export interface RefusedRequest {
  readonly code: CometErrorCode;
  /** The sentence for the client, at most 256 characters where a hook gave it. */
  readonly reason: string;
  /** The session that asked; undefined where it is not known or not made yet. */
  readonly session: Session | undefined;
  /** The hook that refused, if one did. */
  readonly hook?: HookName;
  /** The pattern or subject that the hook was asked about. */
  readonly about?: string | undefined;
}

/** A histogram of durations. */
export class Durations {
  /** Upper bounds of the buckets, ascending, in seconds; one more bucket has no bound. */
  readonly bounds: readonly number[];
  /** The number of durations in each bucket. */
  readonly counts: number[];
  /** The sum in seconds. */
  sum = 0;
  /** Gets each duration, in seconds: a histogram of another library. It must not throw. */
  watcher: ((seconds: number) => void) | undefined = undefined;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** @param durationMs - in milliseconds. */
  add(durationMs: number): void {
    const seconds = durationMs / 1000;
    let step = 0;
    while (seconds > (this.bounds[step] ?? Number.POSITIVE_INFINITY)) step += 1;
    this.counts[step] = (this.counts[step] ?? 0) + 1;
    this.sum += seconds;
    this.watcher?.(seconds);
  }
}

const flushBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const hookBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The counters of the handlers of a hub, besides those of the hub itself. Plain fields, so that counting is an
 * addition, once for a batch or a request and never for each delivery.
 */
export class Totals {
  /** Bytes written to streams and sockets, and bytes of answers to polls. */
  streamBytes = 0;
  pollBytes = 0;
  /** Failures that no client is informed of: the calls of `onError`. */
  failures = 0;
  /** How often the process was blocked for more than a second, and for how many milliseconds in total. */
  stalls = 0;
  stalledMs = 0;
  readonly flushes: Durations = new Durations(flushBounds);
  readonly hooks: Readonly<Record<HookName, Durations>> = {
    join: new Durations(hookBounds),
    subscribe: new Durations(hookBounds),
    publish: new Durations(hookBounds),
  };
  /** Hooks that threw, timed out or returned an unexpected value. */
  readonly hookFailures: Record<HookName, number> = { join: 0, subscribe: 0, publish: 0 };
  /** Gets each event with a `traceparent` when it is encoded for its first reader in a format. It must not throw. */
  traced: ((event: CometEvent) => void) | undefined = undefined;
  /** Get each request that was refused. They must not throw. */
  readonly onRefused: Set<(refused: RefusedRequest) => void> = new Set();
  readonly refusals: Map<CometErrorCode, number> = new Map(
    (Object.keys(refusals) as CometErrorCode[]).map((code) => [code, 0]),
  );
  readonly gaps: Record<Exclude<GapReason, 'too-large' | 'conflated' | 'outdated'>, number> = {
    overflow: 0,
    trimmed: 0,
    engine: 0,
    epoch: 0,
    fork: 0,
    expired: 0,
    policy: 0,
  };
  readonly closed: Record<CloseReason, number> = {
    superseded: 0,
    left: 0,
    expired: 0,
    overflow: 0,
    unresponsive: 0,
    shutdown: 0,
    revoked: 0,
  };

  constructor(hub: ClusterHub) {
    hub.on('gap', (_session, { reason }) => {
      if (reason !== 'too-large' && reason !== 'conflated' && reason !== 'outdated') this.gaps[reason] += 1;
    });
    hub.on('session-closed', (_session, reason) => {
      this.closed[reason] += 1;
    });
  }

  /** Counts a refused request, and tells who listens. */
  refused(refused: RefusedRequest): void {
    const { code } = refused;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    for (const listener of this.onRefused) listener(refused);
  }
}

const key = Symbol.for('@cometkit/handler/totals@1');

/**
 * Returns the totals of a hub; they start with its first handler. One per process rather than per module, because
 * bundlers give parts of an application their own instances.
 */
export function totalsOf(hub: ClusterHub): Totals {
  const shared = globalThis as { [key]?: WeakMap<ClusterHub, Totals> };
  shared[key] ??= new WeakMap();
  let totals = shared[key].get(hub);
  if (totals === undefined) {
    totals = new Totals(hub);
    shared[key].set(hub, totals);
  }
  return totals;
}
