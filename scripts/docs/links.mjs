// Follows every link of the built site, anchors included, and every relative link of the Markdown outside docs.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const repository = 'https://github.com/cometkit/cometkit/';

/** @typedef {{ ids: Set<string>, links: string[] }} Page */

/**
 * Checks a built site.
 *
 * @param {string} site - the folder that the site was built to.
 * @param {string} base - where it is served from; folders of other versions in it are not looked at.
 * @returns {{ links: number, faults: string[] }} how many links were followed; one sentence for each that leads nowhere.
 */
export function checkSite(site, base = '/') {
  const pages = readPages(site);
  const faults = [];
  let links = 0;
  for (const [path, page] of pages) {
    for (const link of new Set(page.links)) {
      links++;
      if (!leadsSomewhere(site, pages, path, withoutBase(link, base)))
        faults.push(`${path} links to ${link}, which is not there`);
    }
  }
  return { links, faults: [...faults, ...pagesWithoutGroup(pages, base)] };
}

/** @returns {Map<string, Page>} by the path of the page, without `.html`. */
function readPages(site) {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.html') && !/^v\d/.test(file),
  );
  return new Map(
    files.map((file) => {
      const html = readFileSync(join(site, file), 'utf8');
      const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => decode(id)));
      // The newest form of a page may be elsewhere.
      const own = html.replace(/<link rel="canonical"[^>]*>/, '');
      const links = [...own.matchAll(/<(?:a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]*)"/g)];
      const path = `/${file.replaceAll('\\', '/').replace(/(?:(^|\/)index)?\.html$/, '$1')}`;
      return [path, { ids, links: links.map(([, link = '']) => decode(link)) }];
    }),
  );
}

function withoutBase(link, base) {
  return link.startsWith(base) ? `/${link.slice(base.length)}` : link;
}

function leadsSomewhere(site, pages, from, link) {
  if (link.startsWith(`${repository}blob/main/`) || link.startsWith(`${repository}edit/main/`)) {
    const [path = ''] = link
      .slice(repository.length)
      .replace(/^(?:blob|edit)\/main\//, '')
      .split('#');
    return path.startsWith('docs/api/') || existsSync(join(root, path));
  }
  if (/^(?:[a-z]+:|\/\/)/i.test(link)) return true; // elsewhere: a test must not depend on it
  const { pathname, hash } = new URL(link, `http://site${from}`);
  const page = pages.get(decodeURI(pathname));
  if (page === undefined) return statSync(join(site, pathname), { throwIfNoEntry: false })?.isFile() ?? false;
  return hash === '' || page.ids.has(decodeURIComponent(hash.slice(1)));
}

/** Pages that no group of the sidebar has: nobody would find them but by the search. */
function pagesWithoutGroup(pages, base) {
  const shown = new Set(pages.get('/getting-started')?.links.map((link) => withoutBase(link, base)));
  return [...pages.keys()]
    .filter((path) => !/^\/(?:api\/.*|404)?$/.test(path) && !shown.has(path))
    .map((path) => `${path} is in no group of docs/.vitepress/sidebar.ts`);
}

/**
 * Checks the relative links of Markdown files outside docs.
 *
 * @param {string[]} files - their paths in the repository.
 * @returns {string[]} one sentence for each link to a file that is not there.
 */
export function checkFiles(files) {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
    return links
      .filter((link) => !existsSync(join(root, dirname(file), link)))
      .map((link) => `${relative('.', file)} links to ${link}, which is not there`);
  });
}

function decode(text) {
  return text
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}
