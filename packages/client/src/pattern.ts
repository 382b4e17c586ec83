/** How the server matches: by whole segments with wildcards, or by the original Pushlet's plain prefix. */
export type Matching = 'path' | 'prefix';

/**
 * Compiles a subject pattern, a comma list of parts.
 *
 * With `path` matching, `/a` is that subject and all below it, `*` is one segment, a final `**` is any rest.
 *
 * @returns an expression without backtracking: it takes linear time on any subject.
 */
export function compilePattern(pattern: string, matching: Matching): RegExp {
  const parts = pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').split(',');
  if (matching === 'prefix') return new RegExp(`^ *(?:${prefixSources(parts).join('|')})`);
  // A subject that is no path, such as `/a/` or `//a`, matches none.
  return new RegExp(`^(?![^]*(?://|[^]/$|\\*))(?:${parts.map(pathSource).join('|')})`);
}

function pathSource(part: string): string {
  const open = part.replace(/\/\*\*$/, '');
  const source = open.replaceAll('*', '[^/]+');
  if (source !== open && open === part) return `${source}$`;
  return source.length < 2 ? '/' : `${source}(?:/|$)`;
}

function prefixSources(parts: readonly string[]): string[] {
  return parts
    .map((part) => part.replace(/^ +| +$/g, '').replaceAll('*', '\\*'))
    .filter((part) => part !== '');
}
