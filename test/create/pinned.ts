import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

const places = ['package.json', 'test/recipes/package.json', 'examples/next/package.json'];
const versions: ReadonlyMap<string, string> = new Map(
  places.flatMap((place) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(`${root}${place}`, 'utf8'));
    return Object.entries<string>({ ...dependencies, ...devDependencies });
  }),
);

/** The version of a package that the tests of this repository run with. @throws there is none. */
export function pinned(name: string): string {
  const version = versions.get(name);
  if (version === undefined) throw new Error(`no test of this repository runs with ${name}`);
  return version;
}
