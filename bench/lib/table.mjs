// Results as text: a table for the terminal, the same as Markdown, and the closing line.

/** A value as people read it. */
export function format(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 10_000) return `${Math.round(value / 1000)} k`;
  if (value >= 100) return `${Math.round(value)}`;
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const unitOf = (unit) => (unit === '1/s' ? '/s' : ` ${unit}`);

const limitsIn = (rows, name) => {
  const own = rows.filter(({ figure }) => figure === name);
  return [...new Set(own.flatMap(({ ratios }) => Object.keys(ratios ?? {})))];
};

function cellsOf(row, limits) {
  if (row === undefined) return ['–', ...limits.map(() => '–')];
  const ratios = limits.map((limit) => row.ratios?.[limit]?.toFixed(2) ?? '–');
  return [`${format(row.value)}${unitOf(row.unit)}`, ...ratios];
}

/** Header and lines of the table of a workload: a line for each system, a column for each figure and each of its ratios. */
export function toCells(rows) {
  const figures = [...new Set(rows.map(({ figure }) => figure))];
  const columns = figures.map((name) => ({ name, limits: limitsIn(rows, name) }));
  const header = columns.flatMap(({ name, limits }) => [name, ...limits.map((limit) => `× ${limit}`)]);
  const systems = [...new Set(rows.map(({ system }) => system))];
  const lines = systems.map((name) => {
    const own = rows.filter(({ system }) => system === name);
    const wrong = own.some(({ faults }) => faults);
    const cells = columns.flatMap((column) =>
      cellsOf(
        own.find(({ figure }) => figure === column.name),
        column.limits,
      ),
    );
    return [wrong ? `${name} (!)` : name, ...cells];
  });
  return { header: ['system', ...header], lines };
}

/** The table of a workload for a terminal. */
export function toTable({ letter, title }, rows) {
  if (rows.length === 0) return `${letter}: ${title}: nothing to measure`;
  const { header, lines } = toCells(rows);
  const widths = header.map((name, at) => Math.max(name.length, ...lines.map((line) => line[at].length)));
  const pad = (cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ');
  return [`${letter}: ${title}`, pad(header), ...lines.map(pad)].join('\n');
}

/** The same as Markdown. */
export function toMarkdown(rows) {
  const { header, lines } = toCells(rows);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...lines.map(line)].join('\n');
}

/** The last line of a run. */
export function summaryOf(rows) {
  const systems = new Set(rows.map(({ system }) => system));
  const workloads = new Set(rows.map(({ workload }) => workload));
  const wrong = new Set(
    rows.filter(({ faults }) => faults).map(({ workload, system }) => `${workload} ${system}`),
  );
  const verdict =
    wrong.size === 0
      ? 'every event came once and in order'
      : `WRONG in ${[...wrong].join(', ')}: the lines marked WRONG say what`;
  return `bench: ${rows.length} rows, ${systems.size} systems, ${workloads.size} workloads; ${verdict}`;
}
