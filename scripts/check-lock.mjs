// Holds the locks of the project and of its documentation to what makes `npm ci` work everywhere: they name no download
// address, they have an entry for every optional dependency (a lock written where a platform's binary was missing lacks
// them, and is then refused), and nothing that users install runs an install script.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where Node would look for `name` from the package at `location`, nearest first. */
function lookups(location, name) {
  const places = [];
  for (let at = location; ; ) {
    places.push(`${at === '' ? '' : `${at}/`}node_modules/${name}`);
    const cut = at.lastIndexOf('/node_modules/');
    if (cut >= 0) at = at.slice(0, cut);
    else if (at === '') return places;
    else at = '';
  }
}

/** Every fault of a parsed lock, one sentence each; empty when it is sound. */
export function lockFaults(lock) {
  const faults = [];
  for (const [location, entry] of Object.entries(lock.packages)) {
    const label = location === '' ? 'the root' : location;
    if (/^[a-z+]+:\/\//i.test(entry.resolved ?? '')) faults.push(`${label} names a download address`);
    const isPackage = location.includes('node_modules/') && !entry.link;
    if (isPackage && !entry.integrity && !entry.inBundle) faults.push(`${label} has no integrity hash`);
    if (entry.hasInstallScript && !entry.dev && !entry.devOptional && !entry.optional) {
      faults.push(`${label} is a runtime dependency with an install script`);
    }
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const found = lookups(location, name).some((place) => Object.hasOwn(lock.packages, place));
      if (!found) faults.push(`${label} wants the optional ${name}, which the lock lacks`);
    }
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of ['package-lock.json', 'docs/package-lock.json']) {
    const lock = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
    const faults = lockFaults(lock);
    for (const fault of faults) console.error(fault);
    console.log(`${file}: ${Object.keys(lock.packages).length} packages, ${faults.length} faults`);
    if (faults.length > 0) process.exitCode = 1;
  }
}
