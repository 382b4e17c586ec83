// More lines than that are left to Node, which keeps no more than 2000 of them.
const longestList = 128;

/**
 * Reads a header from the lines of a request as they came: making an object of all of them costs each request more than the
 * few that are asked for, and a held poll would keep it.
 *
 * @param lines - names and values in turns, as in `rawHeaders`.
 * @param key - the name in lower case.
 * @returns null when there is no such line, undefined when that cannot be told from one line: the header is repeated.
 */
export function singleLine(lines: readonly string[], key: string): string | null | undefined {
  if (lines.length > longestList) return undefined;
  // In an object of headers it is not one of them.
  if (key === '__proto__') return null;
  let value: string | null = null;
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] ?? '';
    if (name.length !== key.length || name.toLowerCase() !== key) continue;
    if (value !== null) return undefined;
    value = lines[at + 1] ?? '';
  }
  return value;
}
