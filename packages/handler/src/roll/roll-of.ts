import type { Hub } from '@cometkit/core';
import { engineOf } from '../cluster/engines.ts';
import type { HandlerRuntime } from '../runtime.ts';
import { RollNode } from './roll-node.ts';
import { type RollTimes, usualTimes } from './times.ts';

const key = Symbol.for('@cometkit/handler/roll@1');

// One per process rather than per module, because bundlers give parts of an application their own instances.
function nodes(): WeakMap<Hub, RollNode> {
  const shared = globalThis as { [key]?: WeakMap<Hub, RollNode> };
  shared[key] ??= new WeakMap();
  return shared[key];
}

/** Returns a hub's part in the roll of its cluster, the same for all who ask. @returns undefined for a hub that is alone. */
export function rollNodeOf(
  hub: Hub,
  runtime: Pick<HandlerRuntime, 'now' | 'later'>,
  times: RollTimes = usualTimes,
): RollNode | undefined {
  const { cluster } = hub;
  const engine = engineOf(hub);
  if (cluster === undefined || engine === undefined) return undefined;
  const known = nodes().get(hub);
  if (known !== undefined) return known;
  const node = new RollNode({ hub, cluster, engine, runtime, times });
  nodes().set(hub, node);
  hub.on('closed', () => node.end());
  return node;
}
