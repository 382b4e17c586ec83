import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../sim/random.ts';
import { note } from './diary.ts';
import type { EngineName, Fault } from './engine.ts';
import * as common from './faults.ts';
import { forksOf, judge } from './judge.ts';
import { connect, type Reader, readerKinds } from './readers.ts';
import { Stand } from './stand.ts';

/** What a campaign is made of. Each client gets all events. */
export interface Plan {
  readonly engine: EngineName;
  readonly seed: number;
  readonly readers: number;
  readonly eventsPerSecond: number;
  /** Between two faults on the average. */
  readonly faultMs: number;
  /** It goes on until both are reached, accepted events and faults; or the time is over. */
  readonly events: number;
  readonly faults: number;
  readonly longestMs: number;
  /** Parts of the names of the faults, with commas between. */
  readonly only?: string;
  /** Without faults that destroy events: none may be told as missing then. */
  readonly harmless?: boolean;
  readonly progress?: (line: string) => void;
}

/** What came of it: counts over all clients, except for those of events. */
export interface Report {
  readonly seed: number;
  readonly accepted: number;
  readonly uncertain: number;
  /** Accepted events times clients. */
  readonly deliveries: number;
  readonly covered: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly faults: number;
  readonly struck: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

interface Strike {
  readonly name: string;
  /** Unix milliseconds. */
  readonly from: number;
  to: number;
}

interface Scene {
  readonly random: SeededRandom;
  readonly stand: Stand;
  readonly readers: readonly Reader[];
  readonly strikes: Strike[];
  readonly problems: string[];
}

const calmMs = 60_000;
/** Events with higher numbers are published when all is over. */
const lastIds = 1e9;
/** What struck within so long of an event is told with it. */
const nearMs = 3000;

/** Clients of all kinds behind three nodes; publishes and strikes; then calm, a last event, the judgement. */
export async function campaign(plan: Plan): Promise<Report> {
  const stand = await Stand.start(plan.engine);
  const readers = Array.from({ length: plan.readers }, (_, index) =>
    connect(readerKinds[index % readerKinds.length] ?? 'stream', stand.url),
  );
  const random = new SeededRandom(plan.seed);
  const scene: Scene = { random, stand, readers, strikes: [], problems: [] };
  try {
    await Promise.all(readers.map(({ ready }) => ready));
    await fight(plan, scene);
    await calm(scene);
    return report(plan, scene);
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
    await stand.close();
  }
}

async function fight(plan: Plan, scene: Scene): Promise<void> {
  const { stand, random, readers, strikes } = scene;
  const faults = Object.entries(faultsOf(plan, stand));
  const begin = performance.now();
  let [id, told, due] = [0, 0, plan.faultMs];
  let busy: Promise<void> | undefined;
  for (;;) {
    const ms = performance.now() - begin;
    const enough = stand.accepted.size >= plan.events && strikes.length >= plan.faults;
    if (enough || ms > plan.longestMs) break;
    for (; id < (ms / 1000) * plan.eventsPerSecond; id += 1) stand.publish(random.integer(0, 2), id + 1);
    if (busy === undefined && ms > due)
      busy = strike(random.pick(faults), scene).finally(() => {
        busy = undefined;
        due = performance.now() - begin + random.integer(0, 2 * plan.faultMs);
      });
    if (ms - told > 10_000) {
      told = ms;
      const counts = `${stand.accepted.size} events to ${readers.length} clients, ${strikes.length} faults`;
      plan.progress?.(`${(ms / 1000).toFixed(0)} s: ${counts}`);
    }
    await sleep(10);
  }
  await busy;
}

function faultsOf({ only = '', harmless = false }: Plan, { engine }: Stand): Record<string, Fault> {
  const destroying = harmless ? {} : { ...common.destroying, ...engine.destroying };
  const parts = only.split(',');
  const all = { ...common.harmless, ...engine.harmless, ...destroying };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => parts.some((part) => name.includes(part))),
  );
}

async function strike([name, fault]: [string, Fault], { stand, random, strikes, problems }: Scene) {
  const struck: Strike = { name, from: Date.now(), to: Number.POSITIVE_INFINITY };
  strikes.push(struck);
  try {
    await fault(stand, random);
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : error}`);
  }
  struck.to = Date.now();
  note('faults', () => `since ${struck.from} ${name}`);
}

// What is lost shows when something later arrives. Who comes back late may be told that the first of these are gone, too.
async function calm({ stand, readers, problems }: Scene): Promise<void> {
  const end = performance.now() + calmMs;
  const isThere = ({ last }: Reader) => last > lastIds;
  for (let id = lastIds + 1; !readers.every(isThere) && performance.now() < end; id += 1) {
    stand.publish(id, id);
    for (let tries = 0; tries < 50 && !readers.every(isThere); tries += 1) await sleep(20);
  }
  // The loop ends in mid-air: what was published last may be on its way to somebody who polls.
  const common = Math.min(...readers.filter(isThere).map(({ last }) => last));
  for (const id of stand.accepted.keys()) if (id > lastIds && id > common) stand.accepted.delete(id);
  const said = () => stand.nodes.map((node) => node.said.slice(-500)).join('; ');
  if (![...stand.accepted.keys()].some((id) => id > lastIds)) problems.push(`nothing is accepted: ${said()}`);
  for (const { kind, state, handed } of readers.filter((reader) => !isThere(reader))) {
    const newest = handed.slice(-3).map((item) => (item.kind === 'gap' ? `gap ${item.reason}` : item.id));
    problems.push(`${kind}: nothing came in time any more (${state}), after ${newest.join(', ')}`);
  }
}

function report(plan: Plan, { stand, readers, strikes, problems }: Scene): Report {
  const { accepted, lives, uncertain } = stand;
  const log = {
    lives,
    forks: forksOf(
      accepted,
      readers.map(({ handed }) => handed),
    ),
  };
  const verdicts = readers.map(({ kind, handed }) => ({ kind, ...judge(accepted, handed, log) }));
  const sum = (name: 'expected' | 'covered' | 'lost' | 'repeated' | 'reordered') =>
    verdicts.reduce((total, verdict) => total + verdict[name], 0);
  const struck = new Map<string, number>();
  for (const { name } of strikes) struck.set(name, (struck.get(name) ?? 0) + 1);
  const near = (at: number) =>
    strikes.filter(({ from, to }) => from < at + nearMs && to > at - nearMs).map(({ name }) => name);
  const told = verdicts.flatMap((verdict) =>
    verdict.problems.slice(0, 3).map(({ id, text }) => {
      const at = accepted.get(id)?.at ?? 0;
      return `${verdict.kind}: event ${id} ${text} (near it: ${near(at).join(', ')})`;
    }),
  );
  const needless = plan.harmless
    ? verdicts.filter(({ kind, covered }) => covered > 0 && !forgetful.has(kind))
    : [];
  return {
    seed: plan.seed,
    accepted: accepted.size,
    uncertain,
    deliveries: sum('expected'),
    covered: sum('covered'),
    lost: sum('lost'),
    repeated: sum('repeated'),
    reordered: sum('reordered'),
    faults: strikes.length,
    struck,
    problems: [
      ...problems,
      ...told,
      ...needless.map(
        ({ kind, covered }) => `${kind}: ${covered} told as missing, and nothing was destroyed`,
      ),
    ],
  };
}

/** Those who begin anew without their place when nobody serves them. */
const forgetful = new Set<string>(['bare EventSource', 'original, pull']);
