import type { ClusterHub } from '@cometkit/core/cluster';

/** What serves a hub: `comet()` of Express, or a handler of any adapter. */
export interface Serving {
  readonly hub: ClusterHub;
}

/**
 * Returns the hub of what the application has at hand.
 *
 * @throws TypeError — it is neither a hub nor what serves one.
 */
export function hubOf(push: ClusterHub | Serving): ClusterHub {
  const given = push as Partial<ClusterHub & Serving> | null | undefined;
  const hub = given?.hub ?? given;
  if (typeof (hub as Partial<ClusterHub> | null | undefined)?.stats === 'function') return hub as ClusterHub;
  throw new TypeError('the first argument must be a hub, as createHub() makes it, or what serves one');
}
