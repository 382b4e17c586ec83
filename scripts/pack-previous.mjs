// Packs the client and the server of a commit as two files, for test/compat: what an older release is to this one.
//   node scripts/pack-previous.mjs 0201f9e
// With a tag it is the tag that is named. It needs the history of the commit, so it is run when a release is made, not in CI.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './workspace.mjs';

const [commit] = process.argv.slice(2);
if (commit === undefined) {
  console.error('which commit? node scripts/pack-previous.mjs <commit or tag>');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'previous-'));

// The packages of that commit, not those of the workspace.
const ofThatCommit = {
  name: 'of-that-commit',
  setup({ onResolve }) {
    onResolve({ filter: /^@cometkit\// }, ({ path }) => {
      const [, name, file = 'index'] = path.split('/');
      return { path: join(folder, 'packages', name, 'src', `${file}.ts`) };
    });
  },
};

async function pack(name, contents, platform) {
  const outfile = join(root, 'test/compat/previous', name);
  await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    banner: { js: `// CometKit at ${commit}, packed by scripts/pack-previous.mjs. Not to be edited.` },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    nodePaths: [join(root, 'node_modules')],
    plugins: [ofThatCommit],
    logLevel: 'error',
  });
  console.log(`${name}: ${statSync(outfile).size} bytes`);
}

try {
  const archive = execFileSync('git', ['archive', commit, 'packages'], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['x', '-C', folder], { input: archive });
  await pack('client.mjs', "export { createClient } from '@cometkit/client';", 'neutral');
  await pack('server.mjs', "export { createHub, createNodeHandler } from '@cometkit/node';", 'node');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
