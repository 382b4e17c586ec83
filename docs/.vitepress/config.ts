import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { writeLlmsText } from './llms.ts';
import { boxes, diagrams, emptyHeadings, links, sideBySide, sitePath, slug, tabs } from './markdown.ts';
import { nav, sidebar } from './sidebar.ts';
import { base, canonical, ownVersion, siteRoot, version } from './versions.ts';

export const repository = 'https://github.com/cometkit/cometkit';
const cache = fileURLToPath(new URL('../../.cache/docs', import.meta.url));

export default defineConfig({
  title: 'CometKit',
  description:
    'Server push for Node that gets through everything: in order, exactly once, or an explicit gap.',
  lang: 'en',
  base,
  cleanUrls: true,
  lastUpdated: false,
  cacheDir: `${cache}/vitepress`,
  outDir: process.env['DOCS_OUT'] ?? `${cache}/site`,
  // A test builds a site of few pages.
  srcExclude: [
    'node_modules/**',
    ...(process.env['DOCS_FEW'] ? ['api/**', 'guides/**', 'decisions/**', 'benchmarks/**'] : []),
  ],
  ignoreDeadLinks: Boolean(process.env['DOCS_FEW']),
  rewrites: sitePath,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }]],
  // Nobody can edit what TypeDoc has written.
  transformPageData: ({ relativePath, frontmatter }) =>
    relativePath.startsWith('api/') ? { frontmatter: { ...frontmatter, editLink: false } } : undefined,
  transformHead: ({ page }) => [canonical(page)],
  // What a reader might open next is not fetched before it is asked for.
  router: { prefetchLinks: false },
  markdown: {
    config: (md) =>
      md.use(tabs).use(sideBySide).use(diagrams).use(emptyHeadings).use(boxes).use(links, { repository }),
    // The usual colours are too pale on the background of code.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: slug },
    languageAlias: { console: 'sh' },
  },
  themeConfig: {
    build: { version, root: siteRoot, versioned: ownVersion !== undefined },
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
    notFound: {
      title: 'There is no page here',
      quote: 'The search knows every page, every option and every error code.',
      linkLabel: 'Take me home',
    },
    footer: { message: 'Apache-2.0' },
  },
  vite: {
    plugins: [
      changed('VPLocalSearchBox.vue', 'debounce: 200', 'debounce: 10'),
      changed('VPNavBarSearchButton.vue', '>K</kbd>', '></kbd>'),
      changed('VPHome.vue', 'class="VPHome"', 'class="VPHome" role="main"'),
      changed('NotFound.vue', 'class="NotFound"', 'class="NotFound" role="main"'),
    ],
  },
  buildEnd: writeLlmsText,
});

/**
 * Changes a component of the theme. The search waits 200 ms after each key, which is meant for servers; this index is in the page.
 * The name of its button lacks the K that stands on it, so style.css draws that. Pages without a sidebar have no landmark for their
 * content.
 *
 * @throws Error - the theme no longer has that text.
 */
function changed(component: string, text: string, by: string) {
  return {
    name: `changed-${component}`,
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      if (!id.endsWith(component)) return undefined;
      if (!code.includes(text)) throw new Error(`${component} of VitePress no longer says "${text}".`);
      return code.replace(text, by);
    },
  };
}
