// A site of several versions: the newest documentation at its root, each version that was built for itself below /vX/, and
// versions.json, which every page asks, since an old build cannot know of newer ones (docs/decisions/0054-versions-of-the-site.md).
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const shape = /^\d+(?:\.\d+){1,2}(?:-[a-z\d.]+)?$/;

/**
 * Reads the arguments behind `build`.
 *
 * @returns {string | undefined} the version that `--version` names; undefined for the root.
 * @throws Error - they are something else.
 * @param {readonly string[]} args
 */
export function versionOf(args) {
  const [flag, version = '', ...rest] = args;
  if (flag === undefined) return undefined;
  if (flag === '--version' && shape.test(version) && rest.length === 0) return version;
  throw new Error('Usage: node scripts/docs.mjs build [--version X], where X is such as 1.2.0');
}

/** The folders of versions in a site. */
function foldersIn(site) {
  mkdirSync(site, { recursive: true });
  return readdirSync(site).filter((name) => name.startsWith('v') && shape.test(name.slice(1)));
}

/** Puts what was built for the root in the place of what is there, but for the folders of versions. */
export function replaceRoot(site, built) {
  for (const name of foldersIn(site)) renameSync(join(site, name), join(built, name));
  rmSync(site, { recursive: true, force: true });
  renameSync(built, site);
}

/**
 * Writes versions.json from the folders that are there.
 *
 * @param {string | undefined} newest - the version at the root, where that was built just now.
 */
export function writeVersions(site, newest) {
  const file = join(site, 'versions.json');
  const versions = foldersIn(site)
    .map((name) => name.slice(1))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  writeFileSync(file, JSON.stringify({ newest: newest ?? newestIn(file) ?? versions[0], versions }));
}

function newestIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).newest;
  } catch {
    return undefined; // the root was not built yet
  }
}
