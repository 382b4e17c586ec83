import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteConfig } from 'vitepress';

/** Writes llms.txt, a list of all pages with what each is for, and llms-full.txt, the guides in one file. */
export async function writeLlmsText({ srcDir, outDir, pages, rewrites, site }: SiteConfig): Promise<void> {
  const own = pages.filter((page) => !page.startsWith('api/') && page !== 'index.md').sort();
  const texts = await Promise.all(own.map((page) => readFile(join(srcDir, page), 'utf8')));
  const lines = own.map((page, index) => {
    const { title, purpose } = headOf(texts[index] ?? '');
    const path = (rewrites.map[page] ?? page).replace(/(?:index)?\.md$/, '');
    return `- [${title}](${site.base}${path}): ${purpose}`;
  });
  const head = `# ${site.title}\n\n> ${site.description}\n`;
  await writeFile(join(outDir, 'llms.txt'), `${head}\n## Pages\n\n${lines.join('\n')}\n`);
  await writeFile(join(outDir, 'llms-full.txt'), `${head}\n${texts.map(withoutFrontMatter).join('\n\n')}`);
}

function withoutFrontMatter(text: string): string {
  return text.replace(/^---\n[\s\S]*?\n---\n/, '').trim();
}

/** The heading of a page, and its first sentence. */
function headOf(text: string): { readonly title: string; readonly purpose: string } {
  const body = withoutFrontMatter(text);
  const title = /^# (.+)$/m.exec(body)?.[1] ?? '';
  const paragraphs = body.split(/\n{2,}/).filter((part) => !/^[#!`<|:]/.test(part.trim()));
  const words = (paragraphs[0] ?? '').replace(/^> /gm, '').replace(/\s+/g, ' ').trim();
  return { title, purpose: /^.*?[.!?](?= |$)/.exec(words)?.[0] ?? words };
}
