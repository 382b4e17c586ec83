import type { Exposition } from './text.ts';

interface Range {
  readonly type: string;
  readonly q: number;
}

/**
 * Chooses the format that a scraper likes best.
 *
 * @param accept - the header of its request.
 * @returns `openmetrics` only for one that names it and likes it at least as much as text; text for any other, whatever it
 *   accepts, so that a browser sees something.
 * @remarks RFC 9110, section 12.5.1; the most specific range counts.
 */
export function negotiate(accept: string | undefined): Exposition {
  const ranges = (accept ?? '').slice(0, 2048).split(',').map(rangeOf);
  const open = best(ranges, 'application/openmetrics-text');
  if (open === undefined || open === 0) return 'prometheus';
  const text = best(ranges, 'text/plain') ?? best(ranges, 'text/*') ?? best(ranges, '*/*') ?? 0;
  return open >= text ? 'openmetrics' : 'prometheus';
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
  // What is written in OpenMetrics here is version 1.0.0, which reads as 0.0.1 too.
  const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice(8);
  const known =
    type !== 'application/openmetrics-text' ||
    version === undefined ||
    /^"?(1\.0\.0|0\.0\.1)"?$/.test(version);
  return { type, q: known && q >= 0 && q <= 1 ? q : 0 };
}

function best(ranges: readonly Range[], type: string): number | undefined {
  const weights = ranges.filter((range) => range.type === type).map(({ q }) => q);
  return weights.length === 0 ? undefined : Math.max(...weights);
}
