import type { ClusterHub } from '@cometkit/core/cluster';
import { engineOf } from './engines.ts';
import { recordFromText } from './record.ts';

/** What the engine of a cluster knows of a session: where it is. */
export interface Whereabouts {
  /** The node that has its stream; undefined when none has, or when it polls. */
  readonly owner: string | undefined;
  /** The nodes that may hold it, this one among them if it does. `*`, alone: any. */
  readonly holders: readonly string[];
}

// What no engine can take for anything but a name: the ids that nodes give are such texts.
const idPattern = /^[\w-]{1,64}$/;

/**
 * Asks the engine of a hub where a session is. It only reads.
 *
 * @param id - the public id of a session; anything may be asked for.
 * @returns undefined when the engine knows no such session, and for a hub that is alone.
 * @throws {Error} — the engine refused or did not answer.
 */
export async function whereaboutsOf(hub: ClusterHub, id: string): Promise<Whereabouts | undefined> {
  if (!idPattern.test(id)) return undefined;
  const stored = await engineOf(hub)?.sessions.load(id);
  const record = stored && recordFromText(stored.text, id);
  return record && { owner: record.owner, holders: record.holders };
}
