// What makes plain Markdown, as GitHub shows it, into pages of the site: the sources stay readable in both places.
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';
import { base } from './versions.ts';

type Tokens = Parameters<NonNullable<MarkdownRenderer['renderer']['rules']['fence']>>[0];

const docs = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Makes tabs of the code blocks between `<!-- tabs -->` and `<!-- /tabs -->`, which other readers do not see. */
export function tabs(md: MarkdownRenderer): void {
  md.core.ruler.before('normalize', 'tabs', (state) => {
    state.src = state.src
      .replace(/^<!-- tabs -->$/gm, '::: code-group')
      .replace(/^<!-- \/tabs -->$/gm, ':::');
  });
}

/** Puts the blocks between `<!-- side by side -->` and `<!-- /side by side -->` into two columns, where there is room. */
export function sideBySide(md: MarkdownRenderer): void {
  md.core.ruler.before('normalize', 'side-by-side', (state) => {
    state.src = state.src
      .replace(/^<!-- side by side -->$/gm, '<div class="side-by-side">')
      .replace(/^<!-- \/side by side -->$/gm, '</div>');
  });
}

const colours = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  line: 'var(--vp-c-text-3)',
  accent: 'var(--vp-c-brand-1)',
  muted: 'var(--vp-c-text-2)',
  surface: 'var(--vp-c-bg-soft)',
  border: 'var(--vp-c-border)',
  transparent: true,
  padding: 8,
};

/**
 * Draws Mermaid blocks at build time, so that no page loads a renderer.
 *
 * @throws Error - a block is not valid Mermaid: then the build fails.
 */
export function diagrams(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return fence?.(tokens, index, options, env, self) ?? '';
    const drawn = scoped(renderMermaidSVG(token.content.replace(clicks, ''), colours));
    const label = headingAbove(tokens, index);
    const svg = clickable(drawn, token.content, env.relativePath ?? '');
    // What is wider than the page is scrolled, by keys too. A picture with links in it is a group of them.
    return svg.includes('<a href')
      ? `<figure class="diagram" role="group" aria-label="${label}" tabindex="0" v-pre>${svg}</figure>\n`
      : `<figure class="diagram" tabindex="0" v-pre>${svg.replace('<svg ', `<svg role="img" aria-label="${label}" `)}</figure>\n`;
  };
}

/** What a drawing shows: the heading that it stands under, as the text of an attribute. */
function headingAbove(tokens: Tokens, index: number): string {
  const at = tokens.findLastIndex(({ type }, place) => type === 'heading_open' && place < index);
  return (tokens[at + 1]?.content ?? 'A drawing').replaceAll('`', '').replace(/[&<>"]/g, '');
}

/** Takes the heading of a table away that says nothing, and makes a plain cell of a single one, for those who hear the page. */
export function emptyHeadings(md: MarkdownRenderer): void {
  md.core.ruler.push('empty-headings', ({ tokens }) => {
    for (let open = tokens.length - 1; open >= 0; open -= 1) {
      if (tokens[open]?.type !== 'thead_open') continue;
      const close = tokens.findIndex(({ type }, place) => type === 'thead_close' && place > open);
      const cells = tokens.slice(open, close).filter(({ type }) => type === 'inline');
      if (cells.every(({ content }) => content === '')) tokens.splice(open, close - open + 1);
    }
    for (const [index, token] of tokens.entries()) {
      const close = tokens[index + 2];
      if (token.type !== 'th_open' || tokens[index + 1]?.content !== '' || close === undefined) continue;
      token.tag = 'td';
      close.tag = 'td';
    }
  });
}

/** Draws the boxes of a list to tick off, as GitHub does. */
export function boxes(md: MarkdownRenderer): void {
  md.core.ruler.push('boxes', ({ tokens }) => {
    for (const [index, { type, children }] of tokens.entries()) {
      const [first] = children ?? [];
      if (type !== 'inline' || tokens[index - 2]?.type !== 'list_item_open') continue;
      if (first?.content.startsWith('[ ] ')) first.content = first.content.replace('[ ]', '☐');
    }
  });
}

const clicks = /^ *click (\w+) href "([^"]+)"\n/gm;

/** Makes links of the nodes that have a `click` line, which the renderer does not know. */
function clickable(svg: string, source: string, page: string): string {
  let linked = svg;
  for (const [, node = '', href = ''] of source.matchAll(clicks)) {
    const [path = '', anchor] = href.split('#');
    const target = sitePath(join(dirname(page), path)).replace(/(?:index)?\.md$/, '');
    const behind = anchor === undefined ? '' : `#${anchor}`;
    linked = linked.replace(
      new RegExp(`<g class="node" data-id="${node}".*?</g>`, 's'),
      (drawn) => `<a href="${base}${target}${behind}">${drawn}</a>`,
    );
  }
  return linked;
}

/**
 * Takes the renderer's style sheet away: it asks for a font elsewhere, would style every SVG of the page, and Vue takes no style
 * elements in templates. What it says is in theme/style.css.
 */
function scoped(svg: string): string {
  const [, width = ''] = /width="([\d.]+)"/.exec(svg) ?? [];
  return svg.replace(/<style>.*?<\/style>/s, '').replace('style="', `style="--width:${width}px;`);
}

/** The path of a page in the site. GitHub shows README.md as the page of its folder; a site calls it index. */
export function sitePath(page: string): string {
  return page.replace(/^(api\/[^/]+)\/index\.md$/, '$1/main.md').replace(/(^|\/)README\.md$/i, '$1index.md');
}

/** Leads links to where they are on the site, and links to what only the repository has to the repository. */
export function links(md: MarkdownRenderer, { repository }: { repository: string }): void {
  md.core.ruler.push('links', (state) => {
    const page = join(docs, state.env.relativePath ?? '');
    for (const { children } of state.tokens) {
      for (const token of children ?? []) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null;
        if (href && !/^(?:[a-z]+:|#|\/)/i.test(href)) token.attrSet('href', target(repository, page, href));
      }
    }
  });
}

function target(repository: string, page: string, href: string): string {
  const [path = '', anchor] = href.split('#');
  const file = join(dirname(page), path);
  const behind = anchor === undefined ? '' : `#${anchor}`;
  if (!existsSync(file)) return href; // the build names a page that is not there
  const inDocs = relative(docs, file);
  if (inDocs.startsWith('..') || !file.endsWith('.md')) {
    return `${repository}/blob/main/${relative(root, file)}${behind}`;
  }
  return `/${sitePath(inDocs)}${behind}`;
}

/** The anchor of a heading as GitHub makes it, so that a link to a section leads there in both places. */
export function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
