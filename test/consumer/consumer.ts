import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAll } from '../../scripts/pack.mjs';
import { build, npm } from '../../scripts/workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A user's project in an empty folder, with the packed packages installed. */
export interface Consumer {
  readonly folder: string;
  write(name: string, text: string): void;
  /** Compiles the folder's TypeScript; answers what the compiler has to say, empty when all is well. */
  compile(): string;
  /** Runs a program whose server is put on a free port; answers its address once it listens. */
  serve(name: string): Promise<string>;
  close(): void;
}

/**
 * Packs the packages and installs the tarballs, with what else a TypeScript user of Express needs.
 *
 * @param only - the package that the project asks for; the others are there only as far as that one needs them.
 */
export function createConsumer(only?: string): Consumer {
  if (!build()) throw new Error('the packages do not build');
  const folder = mkdtempSync(join(tmpdir(), 'cometkit-consumer-'));
  const tarballs = packAll(join(folder, 'tarballs'));
  const versions = ['express', '@types/express', '@types/node'].map((name) => [
    name,
    rootManifest.devDependencies[name],
  ]);
  const packed = tarballs.map(({ name, file }) => [name, `file:${file}`] as const);
  const asked = packed.filter(([name]) => only === undefined || name === only);
  const dependencies = Object.fromEntries([...versions, ...asked]);
  const overrides = Object.fromEntries(packed.filter((entry) => !asked.includes(entry)));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, overrides }),
  );
  install(folder);
  const children: ChildProcess[] = [];
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    compile: () => compile(folder),
    serve: (name) => serve(folder, name, children),
    close: () => {
      for (const child of children) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function install(folder: string): void {
  // The packages from npm are in the cache already, since this workspace has them: a registry is asked only for the rest.
  const { status, stderr } = npm(
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
    {
      cwd: folder,
    },
  );
  if (status === 0) return;
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENOTCACHED|ETIMEDOUT/.test(stderr);
  const reason = offline
    ? 'npm reached no registry and its cache lacks a package; this test needs one of the two'
    : '';
  throw new Error(`installing the packed packages failed. ${reason}\n${stderr}`);
}

function compile(folder: string): string {
  const compilerOptions = { module: 'nodenext', strict: true, types: ['node'], outDir: 'out', rootDir: '.' };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*.cts'] }),
  );
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' }).stdout;
}

/** Loaded before the program: whatever port it asks for, it gets a free one, and says which. */
const freePort = `
const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.stdout.write('\\nlistening on ' + this.address().port + '\\n'));
  return listen.call(this, 0, ...rest.filter((value) => typeof value === 'function'));
};
`;

function serve(folder: string, name: string, children: ChildProcess[]): Promise<string> {
  writeFileSync(join(folder, 'free-port.cjs'), freePort);
  const args = ['--require', './free-port.cjs', name];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const port = /^listening on (\d+)$/m.exec(output)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) =>
      reject(new Error(`${name} ended with ${code} before it listened:\n${output}`)),
    );
  });
}
