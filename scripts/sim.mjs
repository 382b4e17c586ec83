// Builds the simulator with the sources of the packages into one file, as they are or with one place changed.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} name of the file to be written
 * @param {{ file: string, find: string, replace: string }[]} changes places to be changed; each must be there exactly once
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleSimulator(name, changes = []) {
  mkdirSync(`${root}.cache/sim`, { recursive: true });
  const outfile = `${root}.cache/sim/${name}.mjs`;
  await build({
    entryPoints: [`${root}test/sim/worker.ts`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    sourcemap: changes.length === 0 ? 'inline' : false,
    logLevel: 'error',
    // CommonJS, and of no interest: only its names for the states of a socket are used.
    external: ['ws'],
    plugins: [workspaceSources, changed(changes)],
  });
  return outfile;
}

const workspaceSources = {
  name: 'workspace-sources',
  setup(builder) {
    builder.onResolve({ filter: /^@cometkit\/[a-z]+$/ }, ({ path }) => ({
      path: `${root}packages/${path.slice('@cometkit/'.length)}/src/index.ts`,
    }));
  },
};

function changed(changes) {
  return {
    name: 'changed',
    setup(builder) {
      builder.onLoad({ filter: /packages[\\/].*\.ts$/ }, async ({ path }) => {
        const here = changes.filter(({ file }) => path.endsWith(file));
        if (here.length === 0) return undefined;
        const { readFile } = await import('node:fs/promises');
        let contents = await readFile(path, 'utf8');
        for (const { file, find, replace } of here) {
          if (contents.split(find).length !== 2)
            throw new Error(`${file}: "${find}" is not there exactly once`);
          contents = contents.replace(find, () => replace);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** How many small runs test/sim/exhaustive.ts describes. */
export const scopeCount = 8;

/** One worker and its jobs, one at a time. */
export class SimWorker {
  #worker;

  constructor(bundle, options = {}) {
    this.#worker = new Worker(bundle, { workerData: options });
  }

  /** Does a job. @returns its report; `crashed` with a trace when the simulator itself failed. */
  run(job) {
    return new Promise((resolve, reject) => {
      const done = (report) => {
        this.#worker.off('error', reject);
        resolve(report);
      };
      this.#worker.once('message', done);
      this.#worker.once('error', reject);
      this.#worker.postMessage(job);
    });
  }

  end() {
    return this.#worker.terminate();
  }
}
