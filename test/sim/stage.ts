import { Actor, type Participant, type SimTransport, type Surroundings } from './actor.ts';
import { EventSourceReader } from './event-source.ts';
import type { FaultKind, Faults } from './faults.ts';
import { LineReader } from './line-reader.ts';
import { Exchange, type Mortal } from './network.ts';
import type { SimNode } from './node.ts';
import { judge, type Verdict } from './oracle.ts';
import { Passing } from './passing.ts';
import type { SeededRandom } from './random.ts';
import { Revoking } from './revoking.ts';
import type { World } from './world.ts';

/** What one run came to. */
export interface RunResult {
  readonly seed: number;
  readonly events: number;
  /** Most sessions that were served together at one time. */
  readonly grouped: number;
  readonly verdicts: readonly Verdict[];
  readonly struck: ReadonlyMap<FaultKind, number>;
  readonly problems: readonly string[];
}

/** How somebody receives: the transports of a client, lines over TCP, or a bare EventSource. */
export type Ladder = readonly SimTransport[] | 'lines' | 'event-source';

/** When the last event is published: by then the longest pause between two attempts is over. Units: ms of calm. */
export const lastAtMs = 60_000;

const subjects = ['/a/1', '/a/2', '/a/3', '/b/1'];

/** One run's people and accidents. */
export class Stage {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #node: SimNode;
  readonly #faults: Faults & { strike?(kind: FaultKind): void };
  readonly #exchanges = new Set<Mortal>();
  readonly #lines = new Map<Participant, object | undefined>();
  readonly actors: Participant[] = [];
  readonly #passing: (readonly Passing[])[] = [];
  #revoking: Revoking | undefined;
  /** Invariants that were seen broken. */
  readonly problems = new Set<string>();

  constructor(world: World, random: SeededRandom, node: SimNode, faults: Faults) {
    this.#world = world;
    this.#random = random;
    this.#node = node;
    this.#faults = faults;
  }

  /** A client comes, subscribed to everything below `/a`: the real one, or another program. */
  enter(ladder: Ladder): Participant {
    const surroundings: Surroundings = {
      world: this.#world,
      random: this.#random,
      node: this.#node,
      faults: this.#faults,
      exchanges: this.#exchanges,
    };
    const accepted = (): number => this.#node.accepted.length;
    const actor = newcomer(ladder, surroundings, accepted);
    this.actors.push(actor);
    return actor;
  }

  /** Spreads events and accidents over a time. Units: acknowledgements are looked at each `lookMs`. */
  plan(events: number, overMs: number, lookMs = 1000): void {
    for (let index = 0; index < events; ) {
      const burst = Math.min(events - index, this.#random.chance(0.1) ? this.#random.integer(2, 40) : 1);
      const at = this.#random.integer(0, overMs);
      this.#world.at(at, () => {
        for (let count = 0; count < burst; count += 1) this.#node.publish(this.#random.pick(subjects));
      });
      index += burst;
    }
    this.#checkAcks(lookMs);
    for (let index = this.#random.integer(0, 6); index > 0; index -= 1) {
      const actor = this.#random.pick(this.actors);
      this.#world.at(this.#random.integer(0, overMs), () => actor.publish(`m${index}`));
    }
    for (let index = this.#random.integer(0, 4); index > 0; index -= 1) {
      this.#world.at(this.#random.integer(0, overMs), () => this.#accident());
    }
  }

  /** Adds what tries connections of messages most: changes to and fro, readers that take nothing, orderly restarts. */
  planForSockets(overMs: number): void {
    const ways = ['web-socket', 'web-socket', 'stream', 'long-poll', 'poll', 'auto'] as const;
    for (let index = this.#random.integer(0, 5); index > 0; index -= 1) {
      const [actor, way] = [this.#random.pick(this.actors), this.#random.pick(ways)];
      this.#world.at(this.#random.integer(0, overMs), () => actor.use(way));
    }
    for (let index = this.#random.integer(0, 2); index > 0; index -= 1) {
      // More than the server waits for, at times. Units: ms.
      const ms = this.#random.integer(100, this.#random.pick([8000, 40_000]));
      this.#world.at(this.#random.integer(0, overMs), () => {
        this.#faults.strike?.('slow-reader');
        this.#node.congest(ms);
      });
    }
    if (!this.#random.chance(0.3)) return;
    const downMs = this.#random.integer(0, 3000);
    this.#world.at(this.#random.integer(0, overMs), () => {
      this.#faults.strike?.('server-restart');
      this.#node.shutDown(() => this.crash(downMs));
    });
  }

  /** Adds what tries those most who are served together: readers that take nothing for a while. */
  planForCrowd(overMs: number): void {
    for (let index = this.#random.integer(0, 6); index > 0; index -= 1) {
      const ms = this.#random.integer(100, this.#random.pick([3000, 40_000]));
      this.#world.at(this.#random.integer(0, overMs), () => this.#stall(ms));
    }
  }

  /** Adds what tries single subscriptions most: some that come and go, readers that lag, sessions that end. */
  planForPassing(overMs: number, random: SeededRandom): void {
    const clients = this.actors.filter((actor) => actor instanceof Actor);
    if (clients.length === 0) return;
    this.#passing.push(Passing.plan(this.#world, random, this.#node, clients, overMs));
    for (let index = random.integer(1, 5); index > 0; index -= 1) {
      const [actor, ms, ends] = [random.pick(clients), random.integer(100, 8000), random.chance(0.7)];
      this.#world.at(random.integer(0, overMs), () => {
        this.#stall(ms);
        const session = actor.id === undefined ? undefined : this.#node.hub?.session(actor.id);
        if (!ends || session === undefined) return;
        this.#faults.strike?.('session-end');
        this.#world.at(random.integer(0, ms), () => this.#node.hub?.leave(session, 'revoked'));
      });
    }
  }

  /** Adds a permission that is taken back from everybody at once. */
  planForRevoking(overMs: number, random: SeededRandom): void {
    const clients = this.actors.filter((actor) => actor instanceof Actor);
    // Other programs would take a notice for an event of theirs.
    if (clients.length < this.actors.length) return;
    this.#revoking = new Revoking(this.#node, clients);
    this.#revoking.plan(this.#world, random, overMs);
    this.#passing.push(this.#revoking.passing);
  }

  #stall(ms: number): void {
    const open = [...this.#exchanges].filter((exchange) => exchange instanceof Exchange);
    if (open.length === 0) return;
    this.#faults.strike?.('slow-reader');
    this.#random.pick(open).stall(ms);
  }

  /** Ends what accidents have left behind, and publishes a last event: what was lost before it shows. */
  recover(): void {
    if (this.#node.hub === undefined) this.#node.start();
    this.#world.at(lastAtMs, () => this.#node.publish('/a/last'));
  }

  get requests(): number {
    return this.actors.reduce((sum, actor) => sum + actor.requests, 0);
  }

  /** On a calm network what was published last has come (I5), and nothing is acknowledged that no client has (I7). */
  checkCalm(): void {
    const last = this.#node.accepted.at(-1);
    for (const { handed } of this.actors) {
      const reached = handed.at(-1);
      if (reached?.kind !== 'data' || reached.id !== last?.id)
        this.problems.add('the last event did not come in time');
    }
  }

  /** From now on connections of messages are to last. */
  watchLines(): void {
    for (const actor of this.actors) this.#lines.set(actor, actor.line);
  }

  /** A connection that was there is there still, unless its client has gone over to something else. */
  checkLines(): void {
    for (const [{ line }, before] of this.#lines) {
      if (line !== undefined && before !== undefined && line !== before)
        this.problems.add('a connection was lost for no reason');
    }
  }

  /** On a calm network: lines are asked for anew where they come, and readers are slower than the events. */
  drill(): void {
    for (const actor of this.actors) if (actor instanceof LineReader) actor.use('stream');
    this.#world.at(1000, () => {
      this.#node.congest(1500);
      for (let count = 0; count < 40; count += 1) this.#node.publish('/a/drill');
    });
  }

  /** A client at rest sends few requests: a poll each second, a sign of life each ten. */
  checkQuiet(requests: number, overMs: number): void {
    if (requests > (this.actors.length * overMs) / 700)
      this.problems.add(`${requests} requests in ${overMs} ms of calm`);
  }

  // What counts as received was handed over, and never more.
  #checkAcks(lookMs: number): void {
    for (const actor of this.actors) {
      const session = actor.id === undefined ? undefined : this.#node.hub?.session(actor.id);
      if (session === undefined || !session.acknowledges) continue;
      const [epoch, position = '0'] = (actor.cursor ?? '').split('-');
      // Where a session still knows the place of its client it can go on there, whatever the number.
      const known = session.placeOf(actor.cursor ?? '') !== undefined;
      if (known || epoch !== session.cursor.split('-')[0]) continue;
      // What the log has let go of cannot be given again, so that a session before a gap stands at its end.
      const client = Math.max(Number.parseInt(position, 36), this.#node.base);
      if (session.acked > client) {
        this.#world.log?.(
          `ACKS ${this.#world.now} acknowledged ${session.acked}, client at ${position} ${actor.cursor}`,
        );
        this.problems.add('something counts as received that was not');
      }
    }
    this.#world.at(lookMs, () => this.#checkAcks(lookMs));
  }

  // A message that its sender knows to be accepted was accepted once, and no message twice.
  #checkMessages(actor: Participant): void {
    for (const [id, fate] of actor.published) {
      const times = this.#node.accepted.filter((event) => event.id === id).length;
      if (times > 1) this.problems.add(`message ${id} was accepted ${times} times`);
      if (fate === 'accepted' && times === 0) this.problems.add(`message ${id} is lost`);
      if (fate === 'open') this.problems.add(`message ${id} was never settled`);
    }
  }

  crash(downMs: number): void {
    this.#node.crash();
    for (const exchange of this.#exchanges) exchange.crash();
    this.#world.at(downMs, () => {
      if (this.#node.hub === undefined) this.#node.start();
    });
  }

  result(seed: number): RunResult {
    const verdicts = this.actors.map((actor) => this.#judge(actor));
    this.#revoking?.check();
    for (const actor of this.actors) this.#checkMessages(actor);
    const problems = [
      ...verdicts.flatMap((verdict) => verdict.problems),
      ...this.problems,
      ...this.#node.problems,
      ...(this.#revoking?.problems ?? []),
      ...this.#passing.flat().flatMap((passing) => passing.problems()),
      ...this.actors.flatMap((actor) => actor.problems),
    ];
    if (this.#world.failure !== undefined) problems.push(`failure: ${String(this.#world.failure)}`);
    for (const { connections } of this.actors)
      if (connections > 2) problems.push(`${connections} connections at once`);
    const events = verdicts.reduce((sum, { expected }) => sum + expected, 0);
    return { seed, events, grouped: this.#node.grouped, verdicts, struck: this.#faults.struck, problems };
  }

  #judge({ handed, readyAt }: Participant): Verdict {
    const { accepted } = this.#node;
    const first = handed.find((item) => item.kind === 'data');
    const firstAt =
      first?.kind === 'data' ? accepted.findIndex(({ id }) => id === first.id) : accepted.length;
    const from = Math.min(readyAt ?? accepted.length, firstAt);
    const wanted = accepted.slice(from).filter(({ subject }) => subject.startsWith('/a'));
    const verdict = judge(wanted, handed, this.#node.epochs);
    return readyAt === undefined
      ? { ...verdict, problems: [...verdict.problems, 'never subscribed'] }
      : verdict;
  }

  #accident(): void {
    const kind = this.#random.pick(['server-crash', 'server-stall', 'client-sleep', 'use'] as const);
    const actor = this.#random.pick(this.actors);
    if (kind !== 'use') this.#faults.strike?.(kind);
    if (kind === 'server-crash') this.crash(this.#random.integer(0, 5000));
    else if (kind === 'server-stall') this.#node.stall(this.#random.integer(100, 8000));
    else if (kind === 'client-sleep') actor.sleep(this.#random.integer(1000, 40_000));
    else actor.use(this.#random.pick(['stream', 'long-poll', 'poll', 'auto']));
  }
}

function newcomer(ladder: Ladder, surroundings: Surroundings, accepted: () => number): Participant {
  if (ladder === 'lines') return new LineReader(surroundings, '/a', accepted);
  if (ladder === 'event-source') return new EventSourceReader(surroundings, '/a', accepted);
  return new Actor(surroundings, ladder, '/a', accepted);
}
