import { EngineModel } from '@cometkit/testkit';
import { Actor, type Participant, type SimTransport, type Surroundings } from './actor.ts';
import { Ciphers } from './ciphers.ts';
import { ClassicReader } from './classic-reader.ts';
import { ClusterApplication } from './cluster-application.ts';
import { ClusterRecord, SimClusterNode } from './cluster-node.ts';
import { EventSourceReader } from './event-source.ts';
import { RandomFaults } from './faults.ts';
import type { Mortal, Upstream } from './network.ts';
import { type Accepted, type Handed, judge, type Verdict } from './oracle.ts';
import { SeededRandom } from './random.ts';
import { World } from './world.ts';

/** What a run on three nodes came to. */
export interface ClusterResult {
  readonly seed: number;
  readonly events: number;
  readonly verdicts: readonly Verdict[];
  /** How often each accident of the engine and its nodes happened. */
  readonly accidents: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
  /** What was accepted and what was handed over, to look at. */
  readonly dump: string;
}

const subjects = ['/a/1', '/a/2', '/a/3', '/b/1'];
const ladders: readonly (readonly SimTransport[] | 'event-source')[] = [
  ['stream'],
  ['long-poll'],
  ['poll'],
  ['stream', 'long-poll', 'poll'],
  'event-source',
];
const nodeCount = 3;
// One seed in five has a client of the original protocol, too, and two in seven an application that changes sessions.
const classicSeeds: ReadonlySet<number> = new Set([3]);
const applicationSeeds: ReadonlySet<number> = new Set([2, 5]);
const lastAtMs = 60_000;
const calmMs = 90_000;

class Run {
  readonly world = new World();
  readonly random: SeededRandom;
  readonly faults: RandomFaults;
  readonly model: EngineModel;
  readonly record = new ClusterRecord();
  readonly nodes: SimClusterNode[] = [];
  readonly actors: Participant[] = [];
  readonly accidents = new Map<string, number>();
  readonly exchanges = new Set<Mortal>();
  #published = 0;
  #application: ClusterApplication | undefined;

  constructor(seed: number, log?: (line: string) => void) {
    this.world.log = log;
    this.random = new SeededRandom(seed);
    this.faults = new RandomFaults(new SeededRandom(seed + 0.5e9), this.random.pick([0, 0.02, 0.1]));
    const engine = new SeededRandom(seed + 0.75e9);
    const slow = this.random.pick([2, 20, 200]);
    this.model = new EngineModel({
      later: (task, delayMs) => void this.world.at(delayMs, task),
      latencyMs: () => engine.integer(0, engine.chance(0.05) ? slow * 5 : slow),
      time: () => 1_700_000_000_000 + this.world.now,
    });
    const options = {
      leaseMs: this.random.pick([3000, 20_000, 120_000]),
      queueLimit: this.random.pick([2, 8, 256]),
      heartbeatMs: 20_000,
      log: { maxEvents: this.random.pick([30, 300, 10_000]) },
    };
    const { world, random, model } = this;
    for (let index = 1; index <= nodeCount; index += 1)
      this.nodes.push(new SimClusterNode({ world, random, model }, this.record, `n${index}`, options));
  }

  get alive(): SimClusterNode[] {
    return this.nodes.filter(({ hub }) => hub !== undefined);
  }

  enter(): void {
    const ladder = this.random.pick(ladders);
    const { world, random, faults, exchanges } = this;
    const node = this.#anyNode(random);
    const at: Surroundings = { world, random, node, faults, exchanges };
    const accepted = () => this.record.accepted.length;
    this.actors.push(
      ladder === 'event-source'
        ? new EventSourceReader(at, '/a', accepted)
        : new Actor(at, ladder, '/a', accepted),
    );
  }

  publish(subject: string): void {
    if (this.alive.length === 0) return;
    this.#published += 1;
    this.random.pick(this.alive).publish(subject, this.#published);
  }

  /** Adds a client of the original protocol. */
  enterClassic(random: SeededRandom): void {
    const { world, faults, exchanges } = this;
    const node = this.#anyNode(random);
    const evidence = random.pick(['url', 'cookies'] as const);
    this.actors.push(
      new ClassicReader({ world, random, node, faults, exchanges }, evidence, '/a', this.record.accepted),
    );
  }

  /** Adds an application that changes sessions by itself. */
  planApplication(overMs: number, random: SeededRandom): void {
    const actors = this.actors.filter((actor) => actor instanceof Actor);
    if (actors.length === 0) return;
    this.#application = new ClusterApplication(this.nodes, this.record, random, actors);
    this.#application.plan(this.world, overMs, (subject) => this.publish(subject));
  }

  // Every request meets another node.
  #anyNode(random: SeededRandom): Upstream {
    return {
      serve: (request, to) => this.alive.length > 0 && random.pick(this.alive).serve(request, to),
      accept: () => undefined,
    };
  }

  plan(events: number, overMs: number): void {
    const { random, world } = this;
    for (let index = 0; index < events; ) {
      const burst = Math.min(events - index, random.chance(0.1) ? random.integer(2, 40) : 1);
      world.at(random.integer(3000, overMs), () => {
        for (let count = 0; count < burst; count += 1) this.publish(random.pick(subjects));
      });
      index += burst;
    }
    for (let index = random.integer(0, 6); index > 0; index -= 1) {
      const actor = random.pick(this.actors);
      world.at(random.integer(3000, overMs), () => actor.publish(`m${index}`));
    }
    for (let index = random.integer(0, 4); index > 0; index -= 1)
      world.at(random.integer(3000, overMs), () =>
        random.pick(this.actors).use(random.pick(['stream', 'long-poll', 'poll', 'auto'])),
      );
    for (let index = random.integer(0, 12); index > 0; index -= 1)
      world.at(random.integer(3000, overMs), () => this.#accident());
  }

  #accident(): void {
    const { random, model, world } = this;
    const kinds = [
      'late',
      'cut',
      'answers',
      'refusals',
      'flush',
      'set-back',
      'trim',
      'crash',
      'stall',
    ] as const;
    const kind = random.pick(kinds);
    const node = random.pick(this.nodes);
    const { id } = node;
    const ms = random.integer(50, random.pick([500, 5000]));
    this.world.log?.(`ACCIDENT ${world.now} ${kind} ${id} ${ms}`);
    this.accidents.set(kind, (this.accidents.get(kind) ?? 0) + 1);
    if (kind === 'late') {
      // A tail that is late for longer says so: that is another accident.
      model.hold(id);
      world.at(Math.min(ms, 900), () => model.release(id));
    } else if (kind === 'cut') {
      model.cut(id);
      world.at(ms, () => model.heal(id));
    } else if (kind === 'answers') model.answersToLose += random.integer(1, 3);
    else if (kind === 'refusals') model.toRefuse += random.integer(1, 3);
    else if (kind === 'flush') {
      model.flush();
      if (random.chance(0.5)) model.notice();
    } else if (kind === 'set-back') {
      model.save();
      world.at(ms, () => {
        model.setBack();
        model.notice();
      });
    } else if (kind === 'trim') model.trim(random.integer(1, 20));
    else if (kind === 'stall') node.stall(ms);
    else {
      node.crash();
      for (const exchange of this.exchanges) if (random.chance(0.4)) exchange.crash();
      world.at(ms, () => {
        if (node.hub === undefined) node.start();
      });
    }
  }

  recover(): void {
    this.faults.rate = 0;
    this.model.answersToLose = this.model.toRefuse = 0;
    for (const node of this.nodes) {
      if (node.hub === undefined) node.start();
      this.model.release(node.id);
      this.model.heal(node.id);
    }
    this.world.at(lastAtMs, () => this.publish('/a/last'));
  }

  result(seed: number): ClusterResult {
    this.#application?.check();
    const verdicts = this.actors.map((actor) => this.#judge(actor));
    const problems = [
      ...verdicts.flatMap((verdict) => verdict.problems),
      ...this.nodes.flatMap((node) => [...node.problems]),
      ...(this.#application?.problems ?? []),
      ...this.actors.flatMap((actor) => actor.problems),
      ...this.actors.flatMap((actor) => this.#messages(actor)),
    ];
    const last = this.record.accepted.at(-1);
    for (const { handed } of this.actors) {
      const reached = handed.at(-1);
      if (reached?.kind !== 'data' || reached.id !== last?.id)
        problems.push('the last event did not come in time');
    }
    if (this.world.failure !== undefined)
      problems.push(`failure: ${String((this.world.failure as Error).stack)}`);
    const events = verdicts.reduce((sum, { expected }) => sum + expected, 0);
    return { seed, events, verdicts, accidents: this.accidents, problems, dump: this.#dump() };
  }

  #judge({ handed, readyAt }: Participant): Verdict {
    const { accepted, epochs } = this.record;
    const place = ({ cursor }: { readonly cursor: string }) => this.record.place(cursor);
    const ready = accepted[readyAt ?? accepted.length];
    const sorted = [...accepted].sort((one, other) => place(one) - place(other));
    const first = handed.find((item) => item.kind === 'data');
    const firstAt =
      first === undefined
        ? sorted.length
        : sorted.findIndex(({ cursor }) => placed(cursor) === placed(first.cursor));
    const from = Math.min(ready === undefined ? sorted.length : sorted.indexOf(ready), firstAt);
    // A message that an engine without its memory took twice is two events.
    const byPlace = <Item extends Handed | Accepted>(item: Item) =>
      'kind' in item && item.kind === 'gap' ? item : { ...item, id: placed(item.cursor) };
    const wanted = sorted.slice(from).filter(({ subject }) => subject.startsWith('/a'));
    const verdict = judge(wanted.map(byPlace), handed.map(byPlace), epochs, true);
    return readyAt === undefined
      ? { ...verdict, problems: [...verdict.problems, 'never subscribed'] }
      : verdict;
  }

  #dump(): string {
    const { accepted, epochs } = this.record;
    return JSON.stringify(
      { epochs, accepted, handed: this.actors.map(({ handed }) => handed) },
      undefined,
      1,
    );
  }

  // The engine knows messages again as long as it keeps its memory.
  #messages(actor: Participant): string[] {
    const forgot = this.accidents.has('flush') || this.accidents.has('set-back');
    const problems: string[] = [];
    const numbers = this.record.accepted.map(({ id }) => id).filter((id) => typeof id === 'number');
    if (new Set(numbers).size < numbers.length) problems.push('an event is in the log twice');
    for (const [id, fate] of actor.published) {
      const times = this.record.accepted.filter((event) => event.id === id).length;
      if (times > 1 && !forgot) problems.push(`message ${id} was accepted ${times} times`);
      if (fate === 'accepted' && times === 0) problems.push(`message ${id} is lost`);
      if (fate === 'open') problems.push(`message ${id} was never settled`);
    }
    return problems;
  }
}

function placed(cursor: string): string {
  return cursor.split('-').slice(0, 2).join('-');
}

/** Runs one seed on three nodes: real hubs, handlers and clients, an engine that has accidents; then calm, then the judgement. */
export async function runClusterSeed(seed: number, log?: (line: string) => void): Promise<ClusterResult> {
  const ciphers = new Ciphers();
  try {
    return await played(new Run(seed, log), ciphers, seed);
  } finally {
    ciphers.restore();
  }
}

async function played(run: Run, ciphers: Ciphers, seed: number): Promise<ClusterResult> {
  const { random, world } = run;
  world.busy = () => ciphers.busy;
  world.at(1000, () => {
    for (let count = random.integer(1, 3); count > 0; count -= 1) run.enter();
    if (classicSeeds.has(seed % 5)) run.enterClassic(new SeededRandom(seed + 0.125e9));
    run.plan(120, stormMs);
    if (applicationSeeds.has(seed % 7)) run.planApplication(stormMs, new SeededRandom(seed + 0.25e9));
  });
  const stormMs = random.integer(20_000, 60_000);
  await world.run(stormMs);
  run.recover();
  await world.run(stormMs + calmMs);
  return run.result(seed);
}
