import { readFileSync } from 'node:fs';
import { nearestName } from '@cometkit/core/check-options';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

// A copy of docs/errors.md, beside the sources in the package.
const text = new URL('../../src/errors.md', import.meta.url);
const documents = 'https://github.com/cometkit/cometkit/blob/main/docs/';

/** What the errors' page says of each code. */
function sections(): ReadonlyMap<string, string> {
  const [, ...parts] = readFileSync(text, 'utf8').split(/^### /m);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end).trim(), part.slice(end).split(/^## /m, 1)[0]?.trim() ?? ''];
    }),
  );
}

/** Writes Markdown as plain text: a link keeps its words, and its address where it leads elsewhere. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, words: string, target: string) =>
    target.startsWith('#') ? words : `${words} (${new URL(target, documents).href})`,
  );
}

/**
 * Explains an error code, or lists all codes.
 *
 * @param given - a code, or the link that ends with one.
 * @throws Failure — there is no such code.
 */
export async function explain(terminal: Terminal, given: string | undefined): Promise<void> {
  const known = sections();
  if (given === undefined) return terminal.out([...known.keys()].join('\n'));
  const code = given.slice(given.lastIndexOf('#') + 1).toLowerCase();
  const section = known.get(code);
  if (section === undefined) {
    const names = [...known.keys()];
    // A part of a code is a good guess, too: `session` for `unknown-session`.
    const near = nearestName(code, names) ?? names.find((name) => name.split('-').includes(code));
    const hint = near === undefined ? '`cometkit explain` lists all' : `did you mean ${near}?`;
    throw new Failure(`there is no such code: ${hint}`);
  }
  await terminal.out(`${terminal.paint('bold', code)}\n\n${plain(section)}\n\n${documents}errors.md#${code}`);
}
