import type { Session, Subscription } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { Actor } from './actor.ts';
import type { ClusterRecord, SimClusterNode } from './cluster-node.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

/** What is taken away from the clients in the middle of the run. */
const secret = '/s/1';

/** A subscription that was taken away on a node. */
interface Taken {
  readonly session: string;
  readonly id: string;
  readonly node: string;
  /** How far the node had read by then. */
  readonly tail: string;
}

interface Seen {
  readonly session: string | undefined;
  readonly cursor: string;
}

/**
 * An application that changes sessions without the handler, each time on whichever node holds one: adds and ends subscriptions, takes
 * them away, ends sessions. What was taken away is never handed over behind its place in the log, on whichever node.
 */
export class ClusterApplication {
  readonly problems = new Set<string>();
  readonly #nodes: readonly SimClusterNode[];
  readonly #record: ClusterRecord;
  readonly #random: SeededRandom;
  readonly #actors: readonly Actor[];
  readonly #seen: Seen[] = [];
  readonly #made: { readonly session: string; readonly id: string }[] = [];
  readonly #ended = new Set<string>();
  readonly #taken: Taken[] = [];

  constructor(
    nodes: readonly SimClusterNode[],
    record: ClusterRecord,
    random: SeededRandom,
    actors: readonly Actor[],
  ) {
    this.#nodes = nodes;
    this.#record = record;
    this.#random = random;
    this.#actors = actors;
    for (const actor of actors)
      actor.client.on('event', ({ subject, cursor }) => {
        if (subject === secret) this.#seen.push({ session: actor.id, cursor });
      });
  }

  /** How often what may be taken away was handed over. */
  get seen(): number {
    return this.#seen.length;
  }

  plan(world: World, overMs: number, publish: (subject: string) => void): void {
    const random = this.#random;
    for (let index = random.integer(2, 10); index > 0; index -= 1) {
      const act = random.pick(['add', 'add', 'end', 'take', 'take', 'leave'] as const);
      world.at(random.integer(3000, overMs), () => this.#act(act, world));
    }
    for (let index = random.integer(5, 40); index > 0; index -= 1)
      world.at(random.integer(3000, overMs), () => publish(secret));
  }

  /** Looks at what is left when all is calm: nodes that hold a session agree about it. */
  check(): void {
    for (const { id } of this.#actors) {
      const held = this.#nodes.flatMap(({ hub }) => (id === undefined ? [] : (hub?.session(id) ?? [])));
      const views = new Set(held.map((session) => idsOf(session).join()));
      if (views.size > 1) this.problems.add(`nodes differ in a session: ${[...views].join(' and ')}`);
      for (const { session, id: made } of this.#made)
        if (session === id && this.#isEnded(made) && held.some((one) => idsOf(one).includes(made)))
          this.problems.add('a subscription stands that the application has ended');
    }
    for (const seen of this.#seen)
      if (this.#isTooLate(seen)) this.problems.add(`handed over after it was taken away: ${seen.cursor}`);
  }

  // Every subscription that could have brought it was taken away before its place. One that is written nowhere died with its node.
  #isTooLate({ session, cursor }: Seen): boolean {
    const made = this.#made.filter((one) => one.session === session);
    if (made.length === 0) return false;
    return made.every(({ id }) => {
      const taken = this.#taken.find((one) => one.id === id);
      if (taken === undefined) return false;
      const { changes } = this.#record;
      // Of a session that was ended before this was written, the other nodes read no more than the end.
      const entry =
        changes.find(({ change }) => change.kind === 'revoke' && change.ids?.includes(id) === true) ??
        changes.find((one) => one.change.kind === 'leave' && one.session === session);
      const lived = this.#nodes.some((node) => node.id === taken.node);
      if (entry === undefined && !lived) return false;
      const until = Math.max(this.#record.place(entry?.cursor ?? taken.tail), this.#record.place(taken.tail));
      return this.#record.place(cursor) > until;
    });
  }

  #isEnded(id: string): boolean {
    return this.#nodes.some((node) => this.#ended.has(`${node.id} ${id}`));
  }

  #act(act: 'add' | 'end' | 'take' | 'leave', world: World): void {
    const { id } = this.#random.pick(this.#actors);
    const holders = this.#nodes.filter(({ hub }) => id !== undefined && hub?.session(id) !== undefined);
    if (id === undefined || holders.length === 0) return;
    const { hub } = this.#random.pick(holders);
    const session = hub?.session(id);
    if (hub === undefined || session === undefined) return;
    world.log?.(`APPLICATION ${world.now} ${act} ${id} on ${hub.cluster?.node}`);
    if (act === 'leave') hub.leave(session, 'revoked');
    else if (act === 'add') this.#made.push({ session: id, id: hub.subscribe(session, secret).id });
    else this.#end(hub, session, act);
  }

  #end(hub: ClusterHub, session: Session, act: 'end' | 'take'): void {
    const isMine = ({ pattern }: Subscription): boolean => pattern === secret;
    const ids = session.subscriptions.filter(isMine).map(({ id }) => id);
    const node = hub.cluster?.node ?? '';
    for (const id of ids) {
      if (act === 'end') hub.unsubscribe(session, id);
      else this.#taken.push({ session: session.id, id, node, tail: hub.cursor() });
      // What a node had not written when it died is not done.
      this.#ended.add(`${node} ${id}`);
    }
    if (act === 'take') hub.revoke(session, isMine);
  }
}

function idsOf(session: Session): readonly string[] {
  return session.subscriptions.map(({ id }) => id).toSorted();
}
