// `npm run mutants:engines`: switches off one check of an engine package, or of what makes many nodes one hub, after another; the test
// that is named must fail.
//   --engine nats (or redis, cluster: a folder of test/ that has mutants.mjs)  --only TEXT (part of a name)
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'nats' }, only: { type: 'string', default: '' } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
/** @type {{ mutants: { name: string, file: string, find: string, replace: string, test: string, folder?: string }[] }} */
const { mutants } = await import(new URL(`../test/${values.engine}/mutants.mjs`, import.meta.url).href);

/** Gives the tests other sources than those on the disk, which stay as they are. */
function mutation({ file, find, replace }) {
  const path = `${root}packages/${file}`;
  if (readFileSync(path, 'utf8').split(find).length !== 2)
    throw new Error(`${file}: not exactly once: ${find}`);
  const transform = (code, id) => (id === path ? code.replace(find, () => replace) : undefined);
  return { name: 'mutation', enforce: 'pre', transform };
}

async function survives(mutant) {
  const plugin = mutation(mutant);
  const options = {
    root,
    watch: false,
    run: true,
    retry: 0,
    reporters: [{}],
    testNamePattern: mutant.test,
  };
  const vitest = await startVitest('test', [mutant.folder ?? `test/${values.engine}/`], options, {
    plugins: [plugin],
  });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const ran = tests.filter((test) => ['passed', 'failed'].includes(test.result().state));
  await vitest.close();
  if (ran.length === 0) throw new Error(`no test is named ${mutant.test}`);
  return ran.every((test) => test.result().state === 'passed');
}

const survivors = [];
const chosen = mutants.filter(({ name }) => name.includes(values.only));
for (const mutant of chosen) {
  const survived = await survives(mutant);
  if (survived) survivors.push(mutant);
  process.stdout.write(`${survived ? 'SURVIVED' : 'killed'}  ${mutant.name}\n`);
}
process.stdout.write(`${chosen.length - survivors.length} of ${chosen.length} killed\n`);
process.exit(survivors.length === 0 ? 0 : 1);
