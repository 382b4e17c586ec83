import { parseCursor } from '@cometkit/core';
import type { Actor } from './actor.ts';
import type { SimNode } from './node.ts';
import { Passing } from './passing.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

/** What nobody may see any more from one moment on. */
const secret = '/b/1';
const patterns = ['/a/2,/b', '/**'];
/** What is sent to everybody. */
const notice = '/all';

/** What a session was given when the permission was taken back: an epoch, and a position of its log. */
interface Given {
  readonly epoch: string;
  readonly position: number;
}

/**
 * A permission that is taken back from many sessions at once, in the middle of pasts and of ends that their clients ask for; and notices
 * to all. What was not given by then is never handed over, what stood is told to have ended, and nothing is left behind.
 */
export class Revoking {
  readonly passing: Passing[] = [];
  readonly problems = new Set<string>();
  readonly #node: SimNode;
  readonly #actors: readonly Actor[];
  readonly #given = new Map<Actor, Given>();
  #forbidden = false;

  constructor(node: SimNode, actors: readonly Actor[]) {
    this.#node = node;
    this.#actors = actors;
    node.refuses = (part) => this.#forbidden && (part === '/b' || part === '/**');
    for (const actor of actors) {
      let after: Given | undefined;
      actor.client.on('joined', (id) => {
        const tail = parseCursor(node.joins.get(id) ?? '');
        // Who goes on from a place in this log gets what was sent to all since; any other counts from its join.
        const known = tail?.epoch === parseCursor(actor.cursor ?? '')?.epoch;
        after = known ? undefined : tail;
      });
      actor.client.on('event', ({ subject, cursor }) => {
        if (subject === secret) this.#look(actor, cursor);
        if (subject === notice && after && isUpTo(cursor, after))
          this.problems.add(`a notice from before the join: ${cursor}`);
      });
    }
  }

  /** Spreads notices, and takes the permission back once while subscriptions to the secret come and go. Units: ms. */
  plan(world: World, random: SeededRandom, overMs: number): void {
    for (let index = random.integer(10, 60); index > 0; index -= 1)
      world.at(random.integer(0, overMs), () => this.#node.broadcast(notice));
    const at = random.integer(0, overMs);
    const leaving: Passing[] = [];
    for (const actor of this.#actors)
      for (let index = random.integer(1, 3); index > 0; index -= 1) {
        const [pattern, leaves, back] = [random.pick(patterns), random.chance(0.5), random.integer(0, 12)];
        const way = random.pick(['plain', 'since', 'last'] as const);
        // Some are given up while they are asked for.
        const quitsMs = random.chance(0.3) ? random.integer(0, 80) : undefined;
        world.at(at + random.integer(0, 1000), () => {
          const since = this.#node.accepted.at(-1 - back)?.cursor;
          const past = { plain: {}, since: since ? { since } : {}, last: { last: 20 } }[way];
          const one = new Passing(this.#node, actor, pattern, past);
          this.passing.push(one);
          if (quitsMs !== undefined) world.at(quitsMs, () => one.end());
          else if (leaves) leaving.push(one);
        });
      }
    const published = at + random.integer(200, 1500);
    world.at(published, () => {
      for (let count = random.integer(3, 10); count > 0; count -= 1) this.#node.publish(secret);
    });
    const left = published + random.integer(0, 60);
    world.at(left, () => {
      for (const one of leaving) one.end();
    });
    world.at(left + random.integer(0, 300), () => this.#revoke());
  }

  #revoke(): void {
    const { hub } = this.#node;
    this.#forbidden = true;
    for (const actor of this.#actors) {
      const session = actor.id === undefined ? undefined : hub?.session(actor.id);
      const place = session ?? hub;
      const tail = parseCursor(hub?.cursor() ?? '');
      if (tail === undefined || place === undefined) continue;
      // What is on its way cannot be called back.
      this.#given.set(actor, { epoch: tail.epoch, position: session?.taken ?? tail.position });
    }
    for (const session of [...(hub?.sessions() ?? [])])
      hub?.revoke(session, ({ pattern }) => patterns.includes(pattern));
  }

  #look(actor: Actor, cursor: string): void {
    const given = this.#given.get(actor);
    if (given && !isUpTo(cursor, given)) this.problems.add(`handed over after it was taken back: ${cursor}`);
  }

  /** Looks at what is left when all is calm. */
  check(): void {
    for (const one of this.passing)
      if (one.open) this.problems.add('a subscription that was taken away stands');
    for (const { id } of this.#actors) {
      const left = id === undefined ? undefined : this.#node.hub?.session(id)?.subscriptions;
      if (left && left.length > 1)
        this.problems.add(`${left.length - 1} subscriptions are left that nobody wants`);
    }
  }
}

function isUpTo(cursor: string, { epoch, position }: Given): boolean {
  const place = parseCursor(cursor);
  return place?.epoch === epoch && place.position <= position;
}
