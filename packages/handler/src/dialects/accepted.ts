const longest = 1024;
const aliases: ReadonlyMap<string, string> = new Map([['application/ndjson', 'application/x-ndjson']]);

/**
 * Lists the media types of an `Accept` header, the preferred ones first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept
 * @returns none if the header is missing or unreasonably long.
 */
export function acceptedTypes(accept: string | undefined): readonly string[] {
  if (accept === undefined || accept.length > longest) return [];
  const ranges = accept.split(',').map(readRange);
  const wanted = ranges.filter(({ type, quality }) => type !== '' && quality > 0);
  return wanted.sort((one, other) => other.quality - one.quality).map(({ type }) => type);
}

function readRange(range: string): { type: string; quality: number } {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  const quality = weight === undefined ? 1 : Number.parseFloat(weight);
  return { type: aliases.get(name) ?? name, quality: Number.isFinite(quality) ? quality : 1 };
}
