// `npm run nightly`: every long proof, one after the other, and one table at the end. Hours.
//   --quick  a little of each, to see that all of them run  --only prove,soak
// A job that fails does not stop the later ones; the exit code is 1 then. What each said lies in .cache/nightly/.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './workspace.mjs';

const jobs = [
  { name: 'prove', file: 'prove.mjs', quick: ['--seeds', '500', '--no-pairs'], full: [] },
  {
    name: 'prove:sockets',
    file: 'prove-sockets.mjs',
    quick: ['--seconds', '60', '--events', '2000', '--faults', '20', '--no-figures'],
    full: [],
  },
  ...['redis', 'nats'].map((engine) => ({
    name: `prove:cluster:${engine}`,
    file: 'prove-cluster.mjs',
    quick: ['--engine', engine, '--seconds', '60'],
    full: ['--engine', engine],
  })),
  { name: 'mutants', file: 'mutants.mjs', quick: ['--only', 'not given again'], full: [] },
  {
    name: 'soak',
    file: 'soak.mjs',
    quick: ['--minutes', '1', '--clients', '50'],
    full: ['--minutes', '60', '--clients', '1000'],
  },
];

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const wanted = values.only === '' ? jobs.map(({ name }) => name) : values.only.split(',');
const unknown = wanted.filter((name) => !jobs.some((job) => job.name === name));
if (unknown.length > 0) {
  console.error(`--only knows ${jobs.map(({ name }) => name).join(', ')}; not ${unknown.join(', ')}`);
  process.exit(2);
}
const folder = join(root, '.cache', 'nightly');
mkdirSync(folder, { recursive: true });
let running;

/** Runs a job. @returns its row: verdict, minutes, and the last line that it wrote. */
function run({ name, file, quick, full }) {
  const begin = performance.now();
  const log = createWriteStream(join(folder, `${name.replaceAll(':', '-')}.log`));
  const args = [join(root, 'scripts', file), ...(values.quick ? quick : full)];
  console.log(`\n===== ${name}`);
  running = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (chunk) => {
      process.stdout.write(chunk);
      log.write(chunk);
      tail = `${tail}${chunk}`.slice(-2000);
    });
  }
  return new Promise((resolve) => {
    // Not `exit`: what it wrote last may still be on its way.
    running.on('close', (code, signal) => {
      log.end();
      const minutes = (performance.now() - begin) / 60_000;
      const last = tail.trimEnd().split('\n').at(-1)?.trim() ?? '';
      resolve({ name, verdict: code === 0 ? 'passed' : `FAILED (${code ?? signal})`, minutes, last });
    });
  });
}

let stopped = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    stopped = true;
    running?.kill(signal);
  });
}

const rows = [];
for (const job of jobs) {
  if (wanted.includes(job.name) && !stopped) rows.push(await run(job));
}
console.log(`\n${'job'.padEnd(15)}${'verdict'.padEnd(14)}${'minutes'.padStart(8)}  last line`);
for (const { name, verdict, minutes, last } of rows)
  console.log(
    `${name.padEnd(15)}${verdict.padEnd(14)}${minutes.toFixed(1).padStart(8)}  ${last.slice(0, 100)}`,
  );
const passed = rows.filter(({ verdict }) => verdict === 'passed').length;
console.log(`${passed} of ${wanted.length} passed`);
process.exitCode = passed === wanted.length ? 0 : 1;
