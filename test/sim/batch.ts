import { runPlanned, type Scope, type Search, type Share, scopes, search } from './exhaustive.ts';
import type { PlannedFault } from './faults.ts';
import { runSeed } from './run.ts';

/** A part of the proof for one worker: a range of seeds, or one small scope searched. */
export type Job =
  | { readonly kind: 'seeds'; readonly from: number; readonly count: number; readonly events: number }
  | { readonly kind: 'scope'; readonly index: number; readonly pairs: boolean; readonly share?: Share }
  | {
      readonly kind: 'trace';
      readonly seed: number;
      readonly index: number;
      readonly plan?: readonly PlannedFault[];
      readonly events: number;
    };

/** What a job came to. Units: counts. `failures` are in words, with what is needed to run them again. */
export interface Report {
  runs: number;
  events: number;
  handed: number;
  covered: number;
  lost: number;
  repeated: number;
  reordered: number;
  fabricated: number;
  faults: number;
  decisions: number;
  readonly kinds: Record<string, number>;
  readonly failures: string[];
}

/** A report of nothing. */
function emptyReport(): Report {
  const counts = { runs: 0, events: 0, handed: 0, covered: 0, lost: 0, repeated: 0, reordered: 0 };
  return { ...counts, fabricated: 0, faults: 0, decisions: 0, kinds: {}, failures: [] };
}

/** Does a job; with `stopAtFirst` only until something is found. */
export async function runJob(job: Job, tell: (report: Report) => void, stopAtFirst = false): Promise<Report> {
  const report = emptyReport();
  if (job.kind === 'trace') {
    await trace(job, report);
    return report;
  }
  if (job.kind === 'scope') {
    const found = await search(scopes[job.index] as Scope, job.pairs, job.share, stopAtFirst);
    addSearch(report, scopes[job.index] as Scope, found);
    return report;
  }
  for (let seed = job.from; seed < job.from + job.count; seed += 1) {
    const { verdicts, struck, problems } = await runSeed(seed, { events: job.events });
    report.runs += 1;
    for (const verdict of verdicts) addVerdict(report, verdict);
    for (const [kind, count] of struck) {
      report.kinds[kind] = (report.kinds[kind] ?? 0) + count;
      report.faults += count;
    }
    if (problems.length > 0) report.failures.push(`seed ${seed}: ${problems.slice(0, 3).join('; ')}`);
    if (stopAtFirst && report.failures.length > 0) break;
    if (report.runs % 100 === 0) tell(report);
  }
  return report;
}

// One run, told line by line.
async function trace(
  { seed, index, plan, events }: Extract<Job, { kind: 'trace' }>,
  report: Report,
): Promise<void> {
  const log = (line: string): void => void report.failures.push(line);
  const scope = scopes[index];
  const { problems } =
    plan !== undefined && scope !== undefined
      ? (await runPlanned(scope, plan, log)).result
      : await runSeed(seed, { events, log });
  for (const problem of problems) log(`PROBLEM ${problem}`);
}

function addSearch(report: Report, scope: Scope, found: Search): void {
  report.runs += found.runs;
  report.decisions += found.decisions;
  for (const { plan, problems } of found.failures) {
    report.failures.push(`${scope.name}, faults ${JSON.stringify(plan)}: ${problems.slice(0, 3).join('; ')}`);
  }
}

const counted = ['handed', 'covered', 'lost', 'repeated', 'reordered', 'fabricated'] as const;

function addVerdict(
  report: Report,
  verdict: { readonly expected: number } & Record<(typeof counted)[number], number>,
): void {
  report.events += verdict.expected;
  for (const name of counted) report[name] += verdict[name];
}
