import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { writeLlmsText } from './llms.ts';
import { diagrams, links, sitePath, slug, tabs } from './markdown.ts';
import { nav, sidebar } from './sidebar.ts';

export const repository = 'https://github.com/cometkit/cometkit';
const cache = fileURLToPath(new URL('../../.cache/docs', import.meta.url));

export default defineConfig({
  title: 'CometKit',
  description:
    'Server push for Node that gets through everything: in order, exactly once, or an explicit gap.',
  lang: 'en',
  base: process.env['DOCS_BASE'] ?? '/',
  cleanUrls: true,
  lastUpdated: false,
  cacheDir: `${cache}/vitepress`,
  outDir: `${cache}/site`,
  srcExclude: ['node_modules/**'],
  rewrites: sitePath,
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env['DOCS_BASE'] ?? '/'}icon.svg` }],
  ],
  // What a reader might open next is not fetched before it is asked for.
  router: { prefetchLinks: false },
  markdown: {
    config: (md) => md.use(tabs).use(diagrams).use(links, { repository }),
    anchor: { slugify: slug },
    languageAlias: { console: 'sh' },
  },
  themeConfig: {
    siteTitle: 'CometKit',
    // With its size, so that nothing moves when it comes.
    logo: { src: '/icon.svg', width: 24, height: 24 },
    nav,
    sidebar: sidebar(),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: { searchOptions: { boost: { title: 4, text: 2, titles: 1 }, fuzzy: 0.1, prefix: true } },
      },
    },
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
    socialLinks: [{ icon: 'github', link: repository }],
    footer: { message: 'Apache-2.0' },
  },
  vite: {
    plugins: [searchAtOnce()],
  },
  buildEnd: writeLlmsText,
});

/** The search of the theme waits 200 ms after each key, which is meant for servers; this index is in the page. */
function searchAtOnce() {
  return {
    name: 'search-at-once',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      if (!id.endsWith('VPLocalSearchBox.vue')) return undefined;
      const changed = code.replace('debounce: 200', 'debounce: 10');
      if (changed === code) throw new Error('The search box of VitePress no longer says "debounce: 200".');
      return changed;
    },
  };
}
