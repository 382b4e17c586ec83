// `npm run prove`: runs the real hub, handler and client through simulated faults and judges every client.
//   --seeds N  --seed FIRST  --events N (of one seed)  --workers N  --no-pairs
//   --trace SEED, or --trace '[{"at":5,"kind":"lost"}]' --scope 0: tells one run line by line
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleSimulator, SimWorker, scopeCount } from './sim.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    events: { type: 'string', default: '120' },
    workers: { type: 'string', default: String(Math.max(1, Math.min(8, cpus().length))) },
    'no-pairs': { type: 'boolean', default: false },
    trace: { type: 'string' },
    scope: { type: 'string', default: '0' },
  },
});
if (values.trace !== undefined) {
  const planned = values.trace.startsWith('[');
  const worker = new SimWorker(await bundleSimulator('trace'));
  const plan = planned ? { plan: JSON.parse(values.trace) } : {};
  const job = {
    kind: 'trace',
    seed: Number(values.trace),
    index: Number(values.scope),
    events: Number(values.events),
    ...plan,
  };
  for (const line of (await worker.run(job)).failures) console.log(line);
  await worker.end();
  process.exit(0);
}

const seeds = Number(values.seeds);
const first = Number(values.seed);
const chunk = Math.max(10, Math.min(250, Math.ceil(seeds / 50)));

const counts = /** @type {const} */ ([
  'runs',
  'events',
  'handed',
  'covered',
  'lost',
  'repeated',
  'reordered',
  'fabricated',
  'faults',
  'decisions',
]);
const nothing = {
  runs: 0,
  events: 0,
  handed: 0,
  covered: 0,
  lost: 0,
  repeated: 0,
  reordered: 0,
  fabricated: 0,
};
/** @type {Record<(typeof counts)[number], number> & { kinds: Record<string, number>, failures: string[] }} */
const total = { ...nothing, faults: 0, decisions: 0, kinds: {}, failures: [] };
const exhaustive = { runs: 0, decisions: 0 };

const jobs = [];
const pairs = !values['no-pairs'];
const of = pairs ? 40 : 1;
for (let index = 0; index < scopeCount; index += 1)
  for (let part = 0; part < of; part += 1) jobs.push({ kind: 'scope', index, pairs, share: { part, of } });
for (let from = first; from < first + seeds; from += chunk) {
  jobs.push({
    kind: 'seeds',
    from,
    count: Math.min(chunk, first + seeds - from),
    events: Number(values.events),
  });
}

const begin = performance.now();
const bundle = await bundleSimulator('prove');
const all = jobs.length;
let done = 0;
let told = 0;

function add(job, report) {
  if (report.crashed !== undefined) {
    total.failures.push(`the simulator failed: ${report.crashed}`);
    return;
  }
  for (const name of counts) total[name] += report[name];
  for (const [kind, count] of Object.entries(report.kinds))
    total.kinds[kind] = (total.kinds[kind] ?? 0) + count;
  total.failures.push(...report.failures);
  if (job.kind === 'scope') {
    exhaustive.runs += report.runs;
    exhaustive.decisions += report.decisions;
  }
}

function progress() {
  const seconds = (performance.now() - begin) / 1000;
  if (seconds - told < 10 && done < all) return;
  told = seconds;
  const { events, faults, failures } = total;
  console.log(
    `${seconds.toFixed(0)} s: ${done} of ${all} jobs, ${events} events, ${faults} faults, ${failures.length} failures`,
  );
}

async function work() {
  const worker = new SimWorker(bundle);
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    add(job, await worker.run(job));
    done += 1;
    progress();
  }
  await worker.end();
}

await Promise.all(Array.from({ length: Number(values.workers) }, work));

for (const failure of total.failures.slice(0, 20)) console.log(`FAILED ${failure}`);
console.log('\nfaults by kind');
for (const [kind, count] of Object.entries(total.kinds).sort()) console.log(`  ${kind.padEnd(18)} ${count}`);
console.log(
  `\nexhaustive: ${exhaustive.runs} runs, every ${pairs ? 'single fault and every pair' : 'single fault'}, ${exhaustive.decisions} decisions of the network`,
);
console.log(
  `random: ${seeds} seeds from ${first}; accepted ${total.events} = handed over ${total.handed} + covered by a gap ${total.covered}`,
);
// With no failure in n runs the rate of failing runs is below 3/n, at 95 % confidence.
const runs = seeds + exhaustive.runs;
console.log(
  `a run that breaks the promise has a rate below ${(3 / Math.max(1, runs)).toExponential(1)} (95 %), if there is one`,
);
console.log(
  `lost ${total.lost}, repeated ${total.repeated}, reordered ${total.reordered} of ${total.events} events under ${total.faults} faults (seed ${first})`,
);
const sound =
  total.failures.length === 0 && total.lost + total.repeated + total.reordered + total.fabricated === 0;
process.exitCode = sound && total.events === total.handed + total.covered ? 0 : 1;
