// `npm run bench -- --micro`: the parts of a delivery by themselves, so that a regression shows where it comes from.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (text) => process.stdout.write(`${text}\n`);

// The benchmarks read what is built, parts that no package exports included.
const built = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b'], { cwd: root });
if (built.status !== 0) say('The packages do not build cleanly; what was built is measured.');

const quick = process.argv.includes('--quick');
const groups = await Promise.all([
  import('./queue.mjs'),
  import('./index.mjs'),
  import('./codecs.mjs'),
  import('./flush.mjs'),
  import('./poll.mjs'),
]);
const tasks = groups.flatMap(({ tasks: own }) => own);

const bench = new Bench({ time: quick ? 20 : 300, warmupTime: quick ? 10 : 100 });
for (const { name, run } of tasks) bench.add(name, async () => void (await run()));
await bench.run();

for (const { name, per } of tasks) {
  const result = bench.getTask(name)?.result;
  if (result === undefined || !('latency' in result)) {
    say(`${name.padEnd(44)} failed: ${'error' in result ? result.error : 'no result'}`);
    process.exitCode = 1;
    continue;
  }
  const { p50, rme } = result.latency;
  const ns = (p50 * 1e6) / per;
  say(`${name.padEnd(44)} ${ns.toFixed(ns < 100 ? 1 : 0).padStart(10)} ns  ±${rme.toFixed(1)} %`);
}
say(`micro: ${tasks.length} benchmarks, medians per operation or delivery`);
