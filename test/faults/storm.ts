import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../sim/random.ts';
import { FaultProxy } from './proxy.ts';
import { Reader, transportNames } from './reader.ts';
import { FaultServer } from './server.ts';
import { type FaultName, strikeKinds } from './toxics.ts';

/** What a storm is made of. Units: `eventsPerSecond` are published; each reader gets all of them. */
export interface StormPlan {
  readonly seed: number;
  readonly readers: number;
  readonly eventsPerSecond: number;
  /** The storm goes on until both are reached, or the time is over. */
  readonly events: number;
  readonly faults: number;
  /** Kinds of faults that must have struck. @defaultValue 0 */
  readonly kinds?: number;
  readonly longestMs: number;
  /** Faults that are noticed after seconds only are among them. */
  readonly slow: boolean;
  readonly progress?: (line: string) => void;
}

/** What came of it. @returns `events` counts each event once a reader, as the oracle does. */
export interface StormReport {
  readonly seed: number;
  readonly events: number;
  readonly handed: number;
  readonly covered: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly fabricated: number;
  readonly switches: number;
  readonly moves: number;
  readonly messages: number;
  readonly faults: number;
  readonly struck: ReadonlyMap<FaultName, number>;
  readonly problems: readonly string[];
  readonly ms: number;
}

const calmMs = 45_000;

/** Puts real clients behind the proxy, publishes, spoils, switches transports; then calm, a last event, the judgement. */
export async function storm(plan: StormPlan): Promise<StormReport> {
  const begin = performance.now();
  const random = new SeededRandom(plan.seed);
  const server = await FaultServer.start();
  const proxy = await FaultProxy.start(server.port, new SeededRandom(plan.seed + 0.5e9));
  const readers = Array.from({ length: plan.readers }, (_, index) => {
    const first = index % transportNames.length;
    return new Reader(proxy.port, [...transportNames.slice(first), ...transportNames.slice(0, first)]);
  });
  try {
    await Promise.all(readers.map((reader) => reader.ready));
    const switches = await blow(plan, random, server, proxy, readers);
    const late = await calm(server, proxy, readers);
    const verdicts = readers.map((reader) => reader.verdict(server));
    const sum = (
      name: 'expected' | 'handed' | 'covered' | 'lost' | 'repeated' | 'reordered' | 'fabricated',
    ) => verdicts.reduce((total, verdict) => total + verdict[name], 0);
    return {
      seed: plan.seed,
      events: sum('expected'),
      handed: sum('handed'),
      covered: sum('covered'),
      lost: sum('lost'),
      repeated: sum('repeated'),
      reordered: sum('reordered'),
      fabricated: sum('fabricated'),
      switches,
      moves: readers.reduce((total, { moves }) => total + moves.length, 0),
      messages: readers.reduce((total, { messages }) => total + messages.size, 0),
      faults: proxy.faults,
      struck: proxy.struck,
      problems: [...late, ...verdicts.flatMap(({ problems }) => problems.slice(0, 10))],
      ms: performance.now() - begin,
    };
  } finally {
    await Promise.all(readers.map(({ client }) => client.close()));
    await proxy.close();
    await server.close();
  }
}

async function blow(
  plan: StormPlan,
  random: SeededRandom,
  server: FaultServer,
  proxy: FaultProxy,
  readers: readonly Reader[],
): Promise<number> {
  proxy.rate = 0.3;
  proxy.slow = plan.slow;
  const strikes = plan.slow ? strikeKinds : strikeKinds.filter((kind) => kind !== 'cut-silent');
  const begin = performance.now();
  let [switches, published, strikesSoFar, messages, told] = [0, 0, 0, 0, 0];
  for (;;) {
    const ms = performance.now() - begin;
    const events = server.accepted.length * readers.length;
    const enough =
      events >= plan.events && proxy.faults >= plan.faults && proxy.struck.size >= (plan.kinds ?? 0);
    if (enough || ms > plan.longestMs) return switches;
    for (const due = (ms / 1000) * plan.eventsPerSecond; published < due; published += 1)
      server.publish('/a/x');
    // Once a second for each client on the average. A strike at the proxy itself hits all of them.
    for (; strikesSoFar < (ms / 1000) * readers.length; strikesSoFar += 1) {
      const kind = random.pick(strikes);
      void proxy.strike(kind === 'refuse' && random.chance(0.7) ? 'cut' : kind);
    }
    for (; switches < (ms / 1000) * readers.length * 0.8; ) {
      random.pick(readers).client.use(random.pick([...transportNames, 'auto', 'auto']));
      switches += 1;
    }
    if (random.chance(0.1)) {
      messages += 1;
      random.pick(readers).publish(`m${messages}`);
    }
    if (random.chance(0.01)) for (let burst = 100; burst > 0; burst -= 1) server.publish('/a/burst');
    if (ms - told > 10_000) {
      told = ms;
      plan.progress?.(
        `${(ms / 1000).toFixed(0)} s: ${events} events to ${readers.length} clients, ${proxy.faults} faults, ${switches} switches`,
      );
    }
    await sleep(20);
  }
}

// What is lost shows when something later arrives.
async function calm(server: FaultServer, proxy: FaultProxy, readers: readonly Reader[]): Promise<string[]> {
  proxy.rate = 0;
  const settled = (reader: Reader) => ![...reader.messages.values()].includes('open');
  const end = performance.now() + calmMs;
  while (readers.some((reader) => !settled(reader)) && performance.now() < end) await sleep(20);
  const last = server.publish('/a/last');
  while (readers.some((reader) => reader.last !== last) && performance.now() < end + 5000) await sleep(20);
  const late = readers.filter((reader) => reader.last !== last);
  return late.map(
    ({ client }) => `the last event did not come in time: ${client.state} over ${client.transport}`,
  );
}
