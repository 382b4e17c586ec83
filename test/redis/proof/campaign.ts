import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../sim/random.ts';
import { faults } from './faults.ts';
import { judge } from './judge.ts';
import { connect, type Reader, readerKinds } from './readers.ts';
import { Stand } from './stand.ts';

/** What a campaign is made of. Each client gets all events. */
export interface Plan {
  readonly seed: number;
  readonly readers: number;
  readonly eventsPerSecond: number;
  /** Between two faults on the average. */
  readonly faultMs: number;
  /** It goes on until both are reached: events, counted once a client, and faults; or the time is over. */
  readonly events: number;
  readonly faults: number;
  readonly longestMs: number;
  /** Part of the names of the faults. */
  readonly only?: string;
  readonly progress?: (line: string) => void;
}

/** What came of it. `events` counts each accepted event once a client. */
export interface Report {
  readonly seed: number;
  readonly events: number;
  readonly accepted: number;
  readonly uncertain: number;
  readonly covered: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly faults: number;
  readonly struck: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

const calmMs = 60_000;

/** Clients of all kinds behind three nodes; publishes and strikes; then calm, a last event, the judgement. */
export async function campaign(plan: Plan): Promise<Report> {
  const random = new SeededRandom(plan.seed);
  const stand = await Stand.start();
  const readers = Array.from({ length: plan.readers }, (_, index) =>
    connect(readerKinds[index % readerKinds.length] ?? 'stream', stand.url),
  );
  try {
    await Promise.all(readers.map(({ ready }) => ready));
    const struck = await strike(plan, { random, stand, readers });
    const late = await calm(stand, readers);
    const verdicts = readers.map(({ kind, handed }) => ({ kind, ...judge(stand.accepted, handed) }));
    const sum = (name: 'expected' | 'covered' | 'lost' | 'repeated' | 'reordered') =>
      verdicts.reduce((total, verdict) => total + verdict[name], 0);
    return {
      seed: plan.seed,
      events: sum('expected'),
      accepted: stand.accepted.size,
      uncertain: stand.uncertain,
      covered: sum('covered'),
      lost: sum('lost'),
      repeated: sum('repeated'),
      reordered: sum('reordered'),
      faults: [...struck.values()].reduce((total, count) => total + count, 0),
      struck,
      problems: [
        ...late,
        ...verdicts.flatMap(({ kind, problems }) => problems.slice(0, 5).map((line) => `${kind}: ${line}`)),
      ],
    };
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
    await stand.close();
  }
}

interface Scene {
  readonly random: SeededRandom;
  readonly stand: Stand;
  readonly readers: readonly Reader[];
}

async function strike(plan: Plan, { random, stand, readers }: Scene): Promise<Map<string, number>> {
  const struck = new Map<string, number>();
  const names = Object.keys(faults).filter((name) => name.includes(plan.only ?? ''));
  const begin = performance.now();
  let [id, told, due, count] = [0, 0, plan.faultMs, 0];
  let busy: Promise<void> = Promise.resolve();
  let free = true;
  for (;;) {
    const ms = performance.now() - begin;
    const enough = stand.accepted.size * readers.length >= plan.events && count >= plan.faults;
    if (enough || ms > plan.longestMs) break;
    for (; id < (ms / 1000) * plan.eventsPerSecond; id += 1) stand.publish(random.integer(0, 2), id + 1);
    if (free && ms > due) {
      const name = random.pick(names);
      free = false;
      count += 1;
      struck.set(name, (struck.get(name) ?? 0) + 1);
      busy = (faults[name]?.(stand, random) ?? Promise.resolve()).finally(() => {
        free = true;
        due = performance.now() - begin + random.integer(0, 2 * plan.faultMs);
      });
      busy.catch(() => undefined);
    }
    if (ms - told > 10_000) {
      told = ms;
      plan.progress?.(
        `${(ms / 1000).toFixed(0)} s: ${stand.accepted.size} events to ${readers.length} clients, ${count} faults`,
      );
    }
    await sleep(10);
  }
  await busy;
  return struck;
}

// What is lost shows when something later arrives.
async function calm(stand: Stand, readers: readonly Reader[]): Promise<string[]> {
  const end = performance.now() + calmMs;
  let last = 1e9;
  // The first ones may fail still: the newest that is accepted counts.
  while (!stand.accepted.has(last) && performance.now() < end) {
    last += 1;
    stand.publish(last, last);
    for (let tries = 0; tries < 100 && !stand.accepted.has(last); tries += 1) await sleep(20);
  }
  const has = ({ handed }: Reader) =>
    handed.slice(-200).some((item) => item.kind === 'event' && item.id === last);
  while (!readers.every(has) && performance.now() < end) await sleep(20);
  return readers
    .filter((reader) => !has(reader))
    .map(({ kind, state }) => `${kind}: the last event did not come in time (${state})`);
}
