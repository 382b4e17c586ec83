// What can be said of a release without building anything.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace.mjs';

/** The manifests of the examples. */
export function examples() {
  const folder = join(root, 'examples');
  return readdirSync(folder)
    .map((name) => join(folder, name, 'package.json'))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

/** The headings of a version in the changelog: `## 1.2.3 - 2026-11-28`, or `## Unreleased (1.2.3)` until it is dated. */
function isHeadingOf(line, version) {
  return line.startsWith(`## ${version} - `) || line === `## Unreleased (${version})`;
}

/** What the changelog says of a version. @returns '' when it says nothing. */
export function notesOf(changelog, version) {
  const lines = changelog.split(/\r?\n/);
  const begin = lines.findIndex((line) => isHeadingOf(line, version));
  if (begin < 0) return '';
  const end = lines.findIndex((line, at) => at > begin && line.startsWith('## '));
  return `${lines
    .slice(begin + 1, end < 0 ? undefined : end)
    .join('\n')
    .trim()}\n`;
}

function siblingFaults(manifest, versions) {
  const needed = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
  return needed
    .filter(([name, range]) => versions.has(name) && range !== versions.get(name))
    .map(([name, range]) => `${manifest.name} needs ${name} ${range}, which is ${versions.get(name)}`);
}

// `npm version --workspaces` passes them over: they are no workspaces.
function exampleFaults(examples, versions) {
  return examples.flatMap(({ name, dependencies = {} }) =>
    Object.entries(dependencies)
      .filter(([sibling, range]) => versions.has(sibling) && !range.startsWith('file:'))
      .filter(([sibling, range]) => range.replace('^', '') !== versions.get(sibling))
      .map(([sibling, range]) => `${name} needs ${sibling} ${range}, which is ${versions.get(sibling)}`),
  );
}

/**
 * What is wrong with a release.
 *
 * @param {object} plan
 * @param {any[]} plan.manifests - of the packages.
 * @param {any[]} plan.examples - the manifests of the examples.
 * @param {string} plan.changelog - its text.
 * @param {string} [plan.tag] - the tag that it is made of, where there is one: then the changelog must be dated.
 */
export function faultsOf({ manifests, examples, changelog, tag }) {
  const versions = new Map(manifests.map(({ name, version }) => [name, version]));
  const [version = ''] = versions.values();
  const faults = manifests
    .filter((manifest) => manifest.version !== version)
    .map(({ name, version: own }) => `${name} is ${own}, the others are ${version}`);
  for (const manifest of manifests) faults.push(...siblingFaults(manifest, versions));
  faults.push(...exampleFaults(examples, versions));
  if (notesOf(changelog, version).trim() === '') faults.push(`CHANGELOG.md says nothing of ${version}`);
  if (tag === undefined) return faults;
  if (tag !== `v${version}`) faults.push(`the tag is ${tag}, the packages are ${version}`);
  if (!changelog.includes(`\n## ${version} - `)) faults.push(`CHANGELOG.md has no date for ${version}`);
  return faults;
}
