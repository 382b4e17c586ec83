// `npm run release -- --dry-run`: what a release would be, from a clean tree: version, changelog, tarballs that publint and
// "are the types wrong" accept, sizes beside those of the last release, and a bill of materials. All of it lies in .cache/release/.
//   --tag v1.2.3  must be the version of every package  --against FOLDER  tarballs of the last release
// Nothing is published from here: a tag does that, in .github/workflows/release.yml.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packAll } from './pack.mjs';
import { examples, faultsOf, notesOf } from './release/plan.mjs';
import { build, npm, packages, root, runTool } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    tag: { type: 'string' },
    against: { type: 'string' },
  },
});
if (!values['dry-run']) {
  console.error(
    'Only --dry-run runs here. To release: date the heading in CHANGELOG.md, tag v<version>, push the tag.',
  );
  process.exit(2);
}
const folder = join(root, '.cache', 'release');
const faults = [];
const check = (what, sound) => {
  console.log(`${sound ? 'ok    ' : 'FAULT '} ${what}`);
  if (!sound) faults.push(what);
};

const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const manifests = packages().map(({ manifest }) => manifest);
const { version } = manifests[0];
console.log(`version ${version}, ${manifests.length} packages`);
const planned = faultsOf({ manifests, examples: examples(), changelog, tag: values.tag });
for (const fault of planned) check(fault, false);
if (planned.length === 0) check('one version, siblings and examples by it, a section of the changelog', true);

// As `npm run build` does: the client brings a bundle for pages.
const bundle = () =>
  spawnSync(process.execPath, [join(root, 'scripts/bundle-client.mjs')], { stdio: 'ignore' }).status === 0;
check('builds', build() && bundle());
const tarballs = packAll(folder);
for (const { name, file } of tarballs) {
  const quiet = /** @type {const} */ ({ stdio: 'ignore' });
  check(`publint ${name}`, runTool('publint/src/cli.js', ['run', '--strict', file], quiet));
  const types = ['@arethetypeswrong/cli/dist/index.js', [file, '--profile', 'esm-only', '--quiet']];
  check(`types ${name}`, runTool(types[0], types[1], quiet));
}

/** Size of the tarball of a package in the folder of the last release; undefined for a new package. */
function sizeBefore(name) {
  if (values.against === undefined || !existsSync(values.against)) return undefined;
  const prefix = `${name.replace('@', '').replace('/', '-')}-`;
  const file = readdirSync(values.against).find(
    (each) => each.startsWith(prefix) && /^\d/.test(each.slice(prefix.length)),
  );
  return file === undefined ? undefined : statSync(join(values.against, file)).size;
}

console.log(`\n${'package'.padEnd(26)}${'bytes'.padStart(9)}${'before'.padStart(9)}${'change'.padStart(9)}`);
for (const { name, file } of tarballs) {
  const { size } = statSync(file);
  const before = sizeBefore(name);
  const change = before === undefined ? 'new' : `${(100 * (size / before - 1)).toFixed(1)} %`;
  console.log(
    `${name.padEnd(26)}${String(size).padStart(9)}${String(before ?? '-').padStart(9)}${change.padStart(9)}`,
  );
}

// What users install: without the tools of this repository.
const { status, stdout, stderr } = npm([
  'sbom',
  '--sbom-format',
  'cyclonedx',
  '--omit',
  'dev',
  '--package-lock-only',
]);
check(
  `bill of materials${status === 0 ? `, ${JSON.parse(stdout).components.length} components` : `: ${stderr}`}`,
  status === 0,
);
if (status === 0) writeFileSync(join(folder, 'sbom.cdx.json'), stdout);
writeFileSync(join(folder, 'notes.md'), notesOf(changelog, version));
console.log(`\n${faults.length === 0 ? 'ready' : `${faults.length} faults`}: ${folder}`);
process.exitCode = faults.length === 0 ? 0 : 1;
