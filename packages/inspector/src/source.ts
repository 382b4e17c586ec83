import type { ClusterHub } from '@cometkit/core/cluster';
import type { CloseOptions } from '@cometkit/handler';

/** What serves a hub: `comet()` of Express, or a handler of any adapter. */
export interface Serving {
  readonly hub: ClusterHub;
  /** By which the inspector can drain this node. */
  readonly handler?: { drain(options: CloseOptions): Promise<void> };
  /** That of a handler itself. */
  drain?(options: CloseOptions): Promise<void>;
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
