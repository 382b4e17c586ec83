// `npm run bench`: measures systems under workloads, one after the other, and writes docs/benchmarks. See README.md here.
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSystems, systems } from './lib/catalog.mjs';
import { prepareGenerator } from './lib/generator.mjs';
import { machine, versions } from './lib/machine.mjs';
import { readOptions, usage } from './lib/options.mjs';
import { pinned } from './lib/pin.mjs';
import { makeReady } from './lib/ready.mjs';
import { writeReport } from './lib/report.mjs';
import { merge, readResults, writeResults } from './lib/results.mjs';
import { toRows } from './lib/rows.mjs';
import { summaryOf, toTable } from './lib/table.mjs';
import { findWorkloads, fits, workloads } from './lib/workloads.mjs';

const isPeer = new Set(systems.filter(({ group }) => group === 'peers').map(({ name }) => name));
// `| head` is a fair thing to do.
process.stdout.on('error', () => process.exit());
const say = (text) => process.stdout.write(`${text}\n`);
const folderOf = (path) => resolve(fileURLToPath(new URL('..', import.meta.url)), path);

function showList() {
  say('systems');
  for (const { name, group, about } of systems) say(`  ${name.padEnd(26)} ${group.padEnd(7)} ${about}`);
  say('workloads');
  for (const { letter, title, long } of workloads)
    say(`  ${letter.padEnd(2)} ${title}${long ? ' (only where it is named)' : ''}`);
}

function contextOf(options) {
  const generator = prepareGenerator(say);
  let secure;
  const secureGenerator = () => (secure ??= prepareGenerator(say, process.env.BENCH_LOAD, true));
  return {
    quick: options.quick,
    profile: options.profile,
    say,
    generator,
    generatorFor: ({ tls }) => (tls ? secureGenerator() : generator),
    times: options.quick ? { warmUpMs: 200, measureMs: 400 } : { warmUpMs: 1500, measureMs: 4000 },
    size: (connections) => (options.quick ? connections / 10 : connections),
  };
}

/** Without the limit in the same run a figure has nothing to be held against. */
function withLimits(workload, chosen) {
  const wanted = chosen.filter((system) => fits(workload, system));
  const limits = new Set(wanted.flatMap(({ mode }) => workload.limits[mode] ?? []));
  const missing = systems.filter(
    ({ name }) => limits.has(name) && !wanted.some((system) => system.name === name),
  );
  for (const { name } of missing)
    say(`${workload.letter}: ${name} is measured too, since it is a limit here`);
  return systems.filter((system) => wanted.includes(system) || missing.includes(system));
}

async function measure(context, workload, system, label) {
  try {
    const outcome = await workload.run(context, system);
    const [{ figure, unit, value }] = outcome.figures;
    const busy =
      outcome.generator > 0.9 ? `, the generator was ${Math.round(outcome.generator * 100)} % busy` : '';
    const load = loadavg()[0].toFixed(1);
    say(`${label} ${figure} ${value.toPrecision(3)} ${unit}, load ${load}${busy}`);
    for (const fault of outcome.faults) say(`${label} WRONG: ${fault}`);
    return outcome;
  } catch (error) {
    say(`${label} not measured: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function runWorkload(context, workload, chosen, rounds) {
  const wanted = withLimits(workload, chosen);
  const outcomes = new Map(wanted.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const system of wanted) {
      const label = `${workload.letter} ${round + 1}/${rounds} ${system.name.padEnd(22)}`;
      outcomes.get(system.name).push(await measure(context, workload, system, label));
    }
  }
  return wanted.flatMap((system) => toRows(workload, system, outcomes));
}

// What is measured small or under a profiler is nothing to publish.
function defaultOut({ quick, profile }) {
  if (profile) return '.cache/bench/profile';
  return quick ? '.cache/bench/quick' : 'docs/benchmarks';
}

async function bench(options) {
  const chosen = await makeReady(findSystems(options.systems), say);
  const wanted = options.workloads ? findWorkloads(options.workloads) : workloads.filter(({ long }) => !long);
  const context = contextOf(options);
  const date = new Date().toISOString();
  const run = {
    ...{
      id: date,
      date: date.slice(0, 10),
      machine: machine(),
      versions: versions(chosen.flatMap(({ peer, uses }) => peer ?? uses ?? [])),
    },
    ...{ generator: context.generator.kind, pinned, quick: options.quick },
  };
  if (!pinned) say('Server and generator share their cores: there is no taskset, or only one core.');
  const rows = [];
  for (const workload of wanted) {
    const found = await runWorkload(context, workload, chosen, options.rounds);
    say(`\n${toTable(workload, found)}\n`);
    rows.push(...found);
  }
  const folder = folderOf(options.out ?? defaultOut(options));
  // Figures of somebody else's system count only when it did the work that the others did.
  const valid = rows.filter(({ system, faults }) => !faults || !isPeer.has(system));
  writeResults(folder, merge(readResults(folder), run, valid));
  writeReport(folder);
  say(summaryOf(rows));
  if (rows.length === 0 || rows.some(({ faults }) => faults)) process.exitCode = 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) say(usage);
  else if (options.list) showList();
  else if (options.micro) await import('./micro/run.mjs');
  else if (options.report) writeReport(folderOf(options.out ?? 'docs/benchmarks'));
  else await bench(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
