// Runs the suite with Vitest. In CI, files that failed are run once more, one after another: the runner's own `retry` repeats a
// test but not what its file prepared, and a deadline may pass on a machine shared with others. The last lines name such files.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
// More of them are no accident.
const maxAgain = 5;

/**
 * Runs the suite, and writes its counts to COUNTS_FILE if that is set.
 *
 * @param {readonly string[]} args - for Vitest.
 * @param {NodeJS.ProcessEnv} env
 * @param {(child: import('node:child_process').ChildProcess) => void} started - called with each process that runs tests.
 * @returns {Promise<number>} the exit code.
 */
export async function runTests(args, env, started) {
  const first = await vitestRun(args, env, started);
  const again = filesToRepeat(first, env);
  const second = again.length > 0 ? await vitestRun([...again, '--maxWorkers=1'], env, started) : undefined;
  const { counts, code } = second ? combined(first, second) : first;
  if (second) announce(again, second, counts);
  if (env.COUNTS_FILE && counts) writeFileSync(env.COUNTS_FILE, JSON.stringify(counts));
  return code;
}

function filesToRepeat({ code, report }, env) {
  const failed = report?.files ?? [];
  // Errors that belong to no file are not mended by running files again.
  const known = failed.reduce((sum, { counts }) => sum + counts.failed, 0) === report?.counts.failed;
  return env.CI && code === 1 && known && failed.length <= maxAgain ? failed.map(({ file }) => file) : [];
}

function combined(first, second) {
  const counts = { ...second.report?.counts };
  for (const name of ['passed', 'failed', 'skipped']) {
    const before = first.report.files.reduce((sum, file) => sum + file.counts[name], 0);
    counts[name] = first.report.counts[name] - before + (counts[name] ?? 0);
  }
  return { counts, code: second.code };
}

function announce(files, { code, report }, counts) {
  const still = new Set((report?.files ?? []).map(({ file }) => file));
  for (const file of files)
    if (code === 0 || (report && !still.has(file)))
      process.stdout.write(`passed only when run again: ${file}\n`);
  process.stdout.write(
    `\ntests, with the files that ran twice: ${counts.passed} passed, ${counts.failed} failed\n`,
  );
}

async function vitestRun(args, env, started) {
  const folder = mkdtempSync(join(tmpdir(), 'cometkit-tests-'));
  const REPORT_FILE = join(folder, 'report.json');
  try {
    const child = spawn(process.execPath, [vitest, 'run', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...env, REPORT_FILE },
    });
    started(child);
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exit, signal) => resolve(exit ?? 128 + (constants.signals[signal] ?? 0)));
    });
    const report = read(REPORT_FILE);
    return { code, report, counts: report?.counts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Other modes of the runner, such as --help, write no report.
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
