import type { Cluster, ClusterHub } from '@cometkit/core/cluster';

const key = Symbol.for('@cometkit/handler/engines@1');

// One per process rather than per module, because bundlers give parts of an application their own instances.
function engines(): WeakMap<ClusterHub, Cluster> {
  const shared = globalThis as { [key]?: WeakMap<ClusterHub, Cluster> };
  shared[key] ??= new WeakMap();
  return shared[key];
}

/** Notes the engine that a hub shares with others. */
export function noteEngine(hub: ClusterHub, engine: Cluster): void {
  engines().set(hub, engine);
}

/** Finds the engine of a hub. @returns undefined for a hub that is alone. */
export function engineOf(hub: ClusterHub): Cluster | undefined {
  return engines().get(hub);
}
