// docs/benchmarks/README.md and its charts, written from results.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systems } from './catalog.mjs';
import { toChart } from './chart.mjs';
import { notes, preface } from './prose.mjs';
import { readResults } from './results.mjs';
import { toMarkdown } from './table.mjs';
import { workloads } from './workloads.mjs';

const order = new Map(systems.map(({ name }, at) => [name, at]));
const groupOf = new Map(systems.map(({ name, group }) => [name, group]));

function rowsOf(results, letter) {
  const rows = results.rows.filter(({ workload }) => workload === letter);
  return rows.sort((a, b) => (order.get(a.system) ?? 999) - (order.get(b.system) ?? 999));
}

function chartOf({ letter, title }, rows) {
  const [{ figure, unit, limit, more }] = rows;
  const bars = rows
    .filter((row) => row.figure === figure)
    .map(({ system, value, faults }) => ({
      name: system,
      group: groupOf.get(system) ?? 'peers',
      value,
      unit,
      faults,
    }));
  const note = `${figure}, ${unit}; ${more ? 'longer' : 'shorter'} is better${limit ? '; dashed: the limit' : ''}`;
  return toChart({
    title: `${letter}: ${title}`,
    note,
    bars,
    limit: bars.find(({ name }) => name === limit)?.value,
  });
}

function faultLines(rows) {
  const wrong = new Map(rows.filter(({ faults }) => faults).map(({ system, faults }) => [system, faults]));
  return [...wrong].map(([system, faults]) => `- (!) ${system}: ${faults.join('; ')}`).join('\n');
}

function section(folder, results, workload) {
  const rows = rowsOf(results, workload.letter);
  if (rows.length === 0) return '';
  const file = `${workload.letter.toLowerCase()}.svg`;
  writeFileSync(join(folder, file), chartOf(workload, rows));
  const parts = [
    `## ${workload.letter}: ${workload.title}`,
    notes[workload.letter] ?? '',
    `![${workload.letter}: ${workload.title}](${file})`,
    toMarkdown(rows),
    faultLines(rows),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function unmeasured(results) {
  const measured = new Set(results.rows.map(({ workload }) => workload));
  const missing = workloads.filter(({ letter }) => !measured.has(letter));
  if (missing.length === 0) return '';
  const lines = missing.map(
    ({ letter, title }) => `- ${letter}: ${title}: \`npm run bench -- --workloads ${letter}\``,
  );
  return `## Not measured yet\n\n${lines.join('\n')}\n`;
}

function runLine({ date, machine, versions, generator, pinned }) {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const cores = pinned ? 'server and generator on a core each' : 'not pinned to cores';
  return (
    `- ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${cores}, ` +
    `generator in ${generator}, load ${machine.loadAtStart} at the start; ${known.join(', ')}`
  );
}

/** Writes the page and the charts of a folder from its results. */
export function writeReport(folder) {
  const results = readResults(folder);
  const sections = [
    ...workloads.map((workload) => section(folder, results, workload)),
    unmeasured(results),
  ].filter(Boolean);
  const runs = ['## Runs', results.runs.map(runLine).join('\n')].join('\n\n');
  writeFileSync(join(folder, 'README.md'), `${[preface(results.rows), ...sections, runs].join('\n')}\n`);
}
