import { type Format, formatOf } from '@cometkit/codec';

// What stands for no wish of anybody is not here: browsers and the original's clients ask for HTML, XML or anything.
const named: ReadonlyMap<string, string> = new Map([
  ['text/event-stream', 'sse'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/json', 'json'],
]);
const longest = 1024;

/**
 * The format that an `Accept` header asks for in its first place, for requests without `p_format`.
 *
 * @returns undefined where it asks for nothing that has a format of its own here.
 */
export function acceptedFormat(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept.length > longest) return undefined;
  const [first = ''] = accept.split(',');
  const [type = ''] = first.split(';');
  return formatOf(named.get(type.trim().toLowerCase()) ?? '');
}
