// `npm run mutants`: breaks the delivery protocol in one named place after another; the simulator must notice each.
//   --only TEXT (part of a name)  --seeds N (the most that are tried)  --workers N
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { mutants } from '../test/sim/mutants.mjs';
import { bundleSimulator, SimWorker, scopeCount } from './sim.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '600' },
    workers: { type: 'string', default: String(Math.max(1, Math.min(8, cpus().length))) },
  },
});

const chosen = mutants.filter(({ name }) => name.includes(values.only));
const rows = [];
const limitMs = 120_000;

// The small scopes first, since they are quick; then seeds until one notices.
async function tryMutant(mutant, index) {
  const bundle = await bundleSimulator(`mutant-${index}`, [mutant]);
  const worker = new SimWorker(bundle, { stopAtFirst: true });
  // A simulator that fails has noticed the change.
  const run = (job) => worker.run(job).catch((error) => ({ crashed: error.message }));
  try {
    for (let scope = 0; scope < scopeCount; scope += 1) {
      const report = await run({ kind: 'scope', index: scope, pairs: false, stopAtFirst: true });
      const found = report.failures?.[0] ?? report.crashed;
      if (found !== undefined) return { by: 'a single fault', found };
    }
    const chunk = 50;
    for (let from = 1; from <= Number(values.seeds); from += chunk) {
      const report = await run({ kind: 'seeds', from, count: chunk, events: 120 });
      const found = report.failures?.[0] ?? report.crashed;
      if (found !== undefined) return { by: `seeds up to ${from + chunk - 1}`, found };
    }
    return undefined;
  } finally {
    await worker.end();
  }
}

async function timed(mutant, index) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ by: 'time', found: 'the simulation never ended' }), limitMs);
  });
  const verdict = await Promise.race([tryMutant(mutant, index), late]);
  clearTimeout(timer);
  return verdict;
}

async function work(queue) {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, mutant] = next;
    // A change that cannot be made proves nothing: it counts as one that survived, and says why.
    const verdict = await timed(mutant, index).catch((error) =>
      console.log(`  ${mutant.name}: ${error.message}`),
    );
    rows.push({ mutant, verdict });
    const how = verdict === undefined ? 'SURVIVED' : `killed by ${verdict.by}`;
    console.log(`${String(rows.length).padStart(3)} of ${chosen.length}  ${mutant.name}: ${how}`);
    if (verdict !== undefined) console.log(`         ${String(verdict.found).split('\n')[0].slice(0, 140)}`);
  }
}

const queue = [...chosen.entries()];
await Promise.all(Array.from({ length: Number(values.workers) }, () => work(queue)));
const killed = rows.filter(({ verdict }) => verdict !== undefined).length;
for (const { mutant } of rows.filter(({ verdict }) => verdict === undefined))
  console.log(`SURVIVED ${mutant.name} (${mutant.file})`);
console.log(`${killed} of ${chosen.length} killed`);
process.exit(killed === chosen.length ? 0 : 1);
