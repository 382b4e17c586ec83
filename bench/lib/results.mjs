// The file of results: rows, and the runs that they come from. A run replaces only the rows it has measured again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyOf = ({ workload, system, figure }) => `${workload} ${system} ${figure}`;

/** Reads the results of a folder; empty ones when there are none. */
export function readResults(folder) {
  const file = join(folder, 'results.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { runs: [], rows: [] };
}

/**
 * Puts the rows of a run among those there are.
 *
 * Shape: every row names its run; a run that no row is left of goes.
 */
export function merge({ runs, rows }, run, fresh) {
  const measured = new Set(fresh.map(({ workload, system }) => `${workload} ${system}`));
  const kept = rows.filter(({ workload, system }) => !measured.has(`${workload} ${system}`));
  const all = [...kept, ...fresh.map((row) => ({ ...row, run: run.id }))];
  const used = new Set(all.map((row) => row.run));
  const numbered = new Map(all.map((row) => [keyOf(row), row]));
  return { runs: [...runs, run].filter(({ id }) => used.has(id)), rows: [...numbered.values()] };
}

/** Writes the results, a row a line. */
export function writeResults(folder, { runs, rows }) {
  mkdirSync(folder, { recursive: true });
  const lines = (list) => list.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const text = `{\n  "runs": [\n${lines(runs)}\n  ],\n  "rows": [\n${lines(rows)}\n  ]\n}\n`;
  writeFileSync(join(folder, 'results.json'), text);
}
