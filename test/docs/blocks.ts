import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One fenced block of a document. */
export interface Block {
  /** The document's path in the repository, with slashes. */
  readonly document: string;
  /** What stands behind the fence: `js`, `sh`, `html`, or nothing. */
  readonly language: string;
  readonly text: string;
  /** The first line, by which the block is told from others. */
  readonly first: string;
  /** The file that the first line names in a comment. */
  readonly file: string | undefined;
}

/** The documents whose blocks are proved: the README and everything below docs, but for what is generated. */
export function documents(): string[] {
  const folders = readdirSync(join(root, 'docs'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['api', 'node_modules', '.vitepress'].includes(entry.name))
    .map(({ name }) => name);
  const found = ['', ...folders].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder)).map((name) => (folder === '' ? name : `${folder}/${name}`)),
  );
  const pages = found.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`);
  return ['README.md', ...pages.sort()];
}

/** The text of a document. */
export function textOf(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** The fenced blocks of a document, in their order. @throws a fence is not closed. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; lines: string[] } | undefined;
  for (const line of textOf(document).split(/\r?\n/)) {
    const fence = /^ *```(\w*)/.exec(line);
    if (open === undefined) {
      if (fence) open = { language: fence[1] ?? '', lines: [] };
    } else if (fence) {
      blocks.push(blockOf(document, open.language, open.lines));
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`${document} has a fence that is not closed`);
  return blocks;
}

function blockOf(document: string, language: string, lines: readonly string[]): Block {
  const [first = ''] = lines;
  const file = /^(?:\/\/|#|<!--) ([\w./[\]-]+\.\w+)(?: -->)?$/.exec(first)?.[1];
  return { document, language, text: `${lines.join('\n')}\n`, first, file };
}

/** Finds a block by its document and its file, or a part of its first line. @throws there is none, or several. */
export function block(document: string, hint: string): Block {
  const found = blocksOf(document).filter(({ file, first }) => file === hint || first.includes(hint));
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${document} has ${found.length} blocks for "${hint}"`);
  }
  return found[0];
}

/** The block that follows another in its document: the output that it promises. */
export function blockAfter(given: Block): Block {
  const blocks = blocksOf(given.document);
  const next = blocks[blocks.findIndex(({ text }) => text === given.text) + 1];
  if (next === undefined) throw new Error(`${given.document} shows nothing behind "${given.first}"`);
  return next;
}
