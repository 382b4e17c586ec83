// Which version of the documentation is built, and for which place: scripts/docs/versions.mjs has the rest.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HeadConfig } from 'vitepress';

const manifest = fileURLToPath(new URL('../../packages/cometkit/package.json', import.meta.url));

/** Where the whole site begins. */
export const siteRoot: string = process.env['DOCS_BASE'] ?? '/';
/** The version that is built for its own folder; undefined for the root. */
export const ownVersion: string | undefined = process.env['DOCS_VERSION'] || undefined;
/** Where this build begins. */
export const base: string = ownVersion === undefined ? siteRoot : `${siteRoot}v${ownVersion}/`;
/** The version that the pages are about. */
export const version: string = ownVersion ?? JSON.parse(readFileSync(manifest, 'utf8')).version;

/** Leads search engines to the newest form of a page, whichever version they found. `DOCS_ORIGIN` makes the address complete. */
export function canonical(page: string): HeadConfig {
  const path = page.replace(/(?:(^|\/)index)?\.md$/, '$1');
  return ['link', { rel: 'canonical', href: `${process.env['DOCS_ORIGIN'] ?? ''}${siteRoot}${path}` }];
}
