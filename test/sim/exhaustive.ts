import type { HubOptions } from '@cometkit/core';
import type { SimTransport } from './actor.ts';
import { type PlannedFault, PlannedFaults, plannedRequestKinds, plannedWriteKinds } from './faults.ts';
import { SimNode } from './node.ts';
import { SeededRandom } from './random.ts';
import { type RunResult, Stage } from './stage.ts';
import { World } from './world.ts';

/** How a small run goes: three events, three attachments. */
export interface Scope {
  readonly name: string;
  readonly hub: HubOptions;
  /** Transports in the order of the three attachments. */
  readonly attach: readonly [SimTransport, SimTransport, SimTransport] | 'lines' | 'event-source';
  /** Clients of the same kind, served together; the first is the one that attaches again. @defaultValue 1 */
  readonly crowd?: number;
}

/** The small runs whose every fault is tried. */
export const scopes: readonly Scope[] = [
  { name: 'stream, pull, stream', hub: {}, attach: ['stream', 'long-poll', 'stream'] },
  { name: 'pull, poll, pull', hub: {}, attach: ['long-poll', 'poll', 'long-poll'] },
  {
    name: 'short log and lease',
    hub: { log: { maxEvents: 1 }, leaseMs: 2000, queueLimit: 1 },
    attach: ['stream', 'long-poll', 'stream'],
  },
  { name: 'web-socket, stream, web-socket', hub: {}, attach: ['web-socket', 'stream', 'web-socket'] },
  {
    name: 'web-socket, poll, web-socket, short log and lease',
    hub: { log: { maxEvents: 1 }, leaseMs: 2000, queueLimit: 1 },
    attach: ['web-socket', 'poll', 'web-socket'],
  },
  { name: 'lines over TCP, three times', hub: {}, attach: 'lines' },
  { name: 'two event sources together', hub: {}, attach: 'event-source', crowd: 2 },
  { name: 'two streams together', hub: {}, attach: ['stream', 'stream', 'stream'], crowd: 2 },
];

const eventTimes = [1000, 2000, 3000];
const attachTimes = [1500, 2500];
const settleMs = 120_000;

/** Runs a small run under a plan. */
export async function runPlanned(
  scope: Scope,
  plan: readonly PlannedFault[],
  log?: (line: string) => void,
): Promise<{ result: RunResult; decisions: PlannedFaults['decisions'] }> {
  const world = new World();
  world.log = log;
  const random = new SeededRandom(7);
  const faults = new PlannedFaults(plan);
  const node = new SimNode(world, random, scope.hub);
  const stage = new Stage(world, random, node, faults);
  faults.crash = () => stage.crash(50);
  const { attach } = scope;
  const kind = typeof attach === 'string' ? attach : ([attach[0]] as const);
  const actor = stage.enter(kind);
  for (let more = 1; more < (scope.crowd ?? 1); more += 1) stage.enter(kind);
  // An EventSource only listens.
  world.at(1200, () => (attach === 'event-source' ? node.publish('/a/own') : actor.publish('own')));
  for (const at of eventTimes) world.at(at, () => node.publish('/a/1'));
  for (const [index, at] of attachTimes.entries()) {
    const way = typeof attach === 'string' ? (['stream', 'auto'] as const)[index] : attach[index + 1];
    world.at(at, () => actor.use(way ?? 'stream'));
  }
  world.at(60_000, () => node.publish('/a/last'));
  world.at(61_000, () => stage.watchLines());
  await world.run(settleMs);
  if (plan.length === 0) stage.checkLines();
  return { result: stage.result(0), decisions: faults.decisions };
}

/** What a search came to. @returns `failures` are the plans under which something was wrong. */
export interface Search {
  runs: number;
  decisions: number;
  readonly failures: {
    readonly scope: string;
    readonly plan: readonly PlannedFault[];
    readonly problems: readonly string[];
  }[];
}

/** A share of a search: of its first faults every `of`th, beginning with number `part`. */
export interface Share {
  readonly part: number;
  readonly of: number;
}

/** Tries every single fault, and with `pairs` every pair of faults, in one scope; or a share of them. */
export async function search(
  scope: Scope,
  pairs: boolean,
  { part, of }: Share = { part: 0, of: 1 },
  stopAtFirst = false,
): Promise<Search> {
  const found: Search = { runs: 0, decisions: 0, failures: [] };
  const base = await attempt(scope, [], found);
  if (part > 0) found.runs = found.decisions = 0;
  for (const [index, first] of [...faultsFrom(base, 0)].entries()) {
    if (index % of !== part) continue;
    if (stopAtFirst && found.failures.length > 0) break;
    const decisions = await attempt(scope, [first], found);
    if (!pairs) continue;
    // The second fault strikes after the first, at any decision that the first has led to.
    for (const second of faultsFrom(decisions, first.at + 1)) await attempt(scope, [first, second], found);
  }
  return found;
}

async function attempt(
  scope: Scope,
  plan: readonly PlannedFault[],
  found: Search,
): Promise<PlannedFaults['decisions']> {
  const { result, decisions } = await runPlanned(scope, plan);
  found.runs += 1;
  found.decisions += decisions.length;
  if (result.problems.length > 0) found.failures.push({ scope: scope.name, plan, problems: result.problems });
  return decisions;
}

// Decisions long after the last event are heartbeats of a settled client; faults there are covered by the random runs.
const maxDecisions = 60;

function* faultsFrom(decisions: PlannedFaults['decisions'], from: number): Generator<PlannedFault> {
  for (let at = from; at < Math.min(decisions.length, maxDecisions); at += 1) {
    const kinds = decisions[at] === 'request' ? plannedRequestKinds : plannedWriteKinds;
    for (const kind of kinds) yield { at, kind };
  }
}
