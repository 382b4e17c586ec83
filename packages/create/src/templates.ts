import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../templates', import.meta.url));

/** Names of the templates. */
export type TemplateName = 'express-ts' | 'hono' | 'next';

interface Template {
  readonly about: string;
  /** Folders of `templates` that it consists of. */
  readonly layers: readonly string[];
}

/** The templates, the usual one first. */
export const templates: Readonly<Record<TemplateName, Template>> = {
  'express-ts': {
    about: 'Express 5 in TypeScript, a page without a bundler',
    layers: ['page', 'express-ts'],
  },
  hono: { about: 'Hono on Node in TypeScript, the same page', layers: ['page', 'hono'] },
  next: { about: 'Next.js: a route handler, a page rendered by the server', layers: ['next'] },
};

/** Names of the templates, the usual one first. */
export const templateNames: readonly TemplateName[] = Object.keys(templates) as TemplateName[];

/**
 * Reads the files of a template.
 *
 * @returns text by path, with slashes.
 */
export function filesOf(template: TemplateName): Map<string, string> {
  const files = new Map<string, string>();
  for (const layer of templates[template].layers) {
    const root = join(folder, layer);
    for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!statSync(join(root, path)).isFile()) continue;
      // npm leaves files of that name out of a package, or renames them.
      const name = path.replaceAll('\\', '/').replace(/(^|\/)_gitignore$/, '$1.gitignore');
      files.set(name, readFileSync(join(root, path), 'utf8'));
    }
  }
  return files;
}

interface Manifest {
  readonly dependencies: Record<string, string>;
}

/** Names of the packages that a template's application loads. */
export function dependenciesOf(template: TemplateName): string[] {
  const manifest: Manifest = JSON.parse(filesOf(template).get('package.json') ?? '{}');
  return Object.keys(manifest.dependencies);
}

/**
 * Fills in the manifest of a template.
 *
 * @param version - of this release; CometKit's packages all carry it.
 * @returns the text of `package.json`.
 */
export function manifestOf(text: string, name: string, version: string): string {
  const { dependencies, ...rest }: Manifest = JSON.parse(text);
  const own = /^(?:cometkit$|@cometkit\/)/;
  const ranges = Object.entries(dependencies).map(([of, range]) => [
    of,
    own.test(of) ? `^${version}` : range,
  ]);
  return `${JSON.stringify({ name, ...rest, dependencies: Object.fromEntries(ranges) }, undefined, 2)}\n`;
}
