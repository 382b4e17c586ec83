import type { Family, Labels, Sample } from './family.ts';

/** The two text formats that Prometheus reads. */
export type Exposition = 'prometheus' | 'openmetrics';

/** What an answer of each format is labelled with. */
export const contentTypes: Readonly<Record<Exposition, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Writes families as text.
 *
 * @param constant - labels that every sample gets.
 * @remarks Text format 0.0.4 of Prometheus, and OpenMetrics 1.0: there a family of counters is named without `_total`, has
 *   its unit in a line of its own, and the text ends with `# EOF`.
 */
export function write(families: readonly Family[], exposition: Exposition, constant: Labels = {}): string {
  const always = pairsOf(constant);
  const lines: string[] = [];
  for (const family of families) {
    lines.push(headOf(family, exposition));
    const name = sampleName(family);
    for (const sample of family.samples) lines.push(line(name, sample, always));
  }
  if (exposition === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

/** The name of a family's samples, but for what the parts of a histogram add to it. */
export function sampleName({ name, type }: Pick<Family, 'name' | 'type'>): string {
  return type === 'counter' ? `${name}_total` : name;
}

// The words of a family are the same at every scrape: there are as many of them as families.
const heads: Record<Exposition, Map<string, { readonly help: string; readonly text: string }>> = {
  prometheus: new Map(),
  openmetrics: new Map(),
};

function headOf(family: Family, exposition: Exposition): string {
  const known = heads[exposition].get(family.name);
  if (known?.help === family.help) return known.text;
  const text = head(family, exposition).join('\n');
  heads[exposition].set(family.name, { help: family.help, text });
  return text;
}

function head(family: Family, exposition: Exposition): string[] {
  const open = exposition === 'openmetrics';
  const name = open ? family.name : sampleName(family);
  const help = escaped(family.help);
  return [
    `# HELP ${name} ${open ? quotesEscaped(help) : help}`,
    `# TYPE ${name} ${family.type}`,
    ...(open && family.unit !== undefined ? [`# UNIT ${name} ${family.unit}`] : []),
  ];
}

function line(name: string, { suffix, labels, value }: Sample, always: string): string {
  const pairs = pairsOf(labels, always);
  return `${name}${suffix ?? ''}${pairs === '' ? '' : `{${pairs}}`} ${value}`;
}

/** Labels as they stand between braces, behind those that every sample has. */
function pairsOf(labels: Labels, before = ''): string {
  let text = before;
  for (const name in labels)
    text += `${text === '' ? '' : ','}${name}="${quotesEscaped(escaped(labels[name] ?? ''))}"`;
  return text;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function quotesEscaped(text: string): string {
  return text.replaceAll('"', '\\"');
}
