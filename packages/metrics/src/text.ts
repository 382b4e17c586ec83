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
  const lines = families.flatMap((family) => [
    ...head(family, exposition),
    ...family.samples.map((sample) => line(family, sample, constant)),
  ]);
  if (exposition === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

/** The name of a family's samples, but for what the parts of a histogram add to it. */
export function sampleName({ name, type }: Pick<Family, 'name' | 'type'>): string {
  return type === 'counter' ? `${name}_total` : name;
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

function line(family: Family, { suffix, labels, value }: Sample, constant: Labels): string {
  const pairs = Object.entries({ ...constant, ...labels });
  const texts = pairs.map(([name, text]) => `${name}="${quotesEscaped(escaped(text))}"`);
  const braces = texts.length === 0 ? '' : `{${texts.join(',')}}`;
  return `${sampleName(family)}${suffix ?? ''}${braces} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function quotesEscaped(text: string): string {
  return text.replaceAll('"', '\\"');
}
