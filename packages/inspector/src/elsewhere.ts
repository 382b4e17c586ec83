import type { ClusterHub } from '@cometkit/core/cluster';
import { type Whereabouts, whereaboutsOf } from '@cometkit/handler';

/** Where a session is that this node does not serve. */
export interface Elsewhere {
  /** Why it is not here, and what to do: the end of a sentence. */
  readonly sentence: string;
  /** The nodes to ask. */
  readonly askAt: readonly string[];
  /** The node that has its channel, if it is another one. */
  readonly owner?: string;
}

/** Finds out where a session is, from the engine of the cluster if there is one. It never rejects. */
export async function elsewhere(hub: ClusterHub, id: string): Promise<Elsewhere> {
  if (hub.cluster === undefined)
    return nowhere('it ended long ago, belongs to another process, or never was');
  try {
    const found = await whereaboutsOf(hub, id);
    return found === undefined
      ? nowhere('no node has it; it ended, or never was')
      : described(found, hub.cluster.node);
  } catch {
    return nowhere('the engine does not answer, so that this node cannot tell which one has it');
  }
}

function nowhere(sentence: string): Elsewhere {
  return { sentence, askAt: [] };
}

function described({ owner, holders }: Whereabouts, here: string): Elsewhere {
  if (owner !== undefined && owner !== here)
    return { sentence: `node ${owner} has its channel: ask there`, askAt: [owner], owner };
  const others = holders.filter((holder) => holder !== here && holder !== '*');
  if (holders[0] === '*') return nowhere('any node may hold it: ask the others');
  if (others.length === 0)
    return nowhere('this node has let go of it until its client comes back, here or at another node');
  const nodes = others.length === 1 ? 'node' : 'nodes';
  return { sentence: `${nodes} ${others.join(', ')} may hold it: ask there`, askAt: others };
}
