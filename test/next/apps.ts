import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAll } from '../../scripts/pack.mjs';
import { build } from '../../scripts/workspace.mjs';
import { install, run } from '../support/install.ts';
import { Program } from '../support/program.ts';

const example = fileURLToPath(new URL('../../examples/next', import.meta.url));
const ownFiles = /(?:^|[\\/])(?:node_modules|\.next|next-env\.d\.ts)$/;

/** Next and React as the lock of the example says, and our packages out of their tarballs: in one place for all apps. */
export class NextInstall {
  readonly #modules: string;
  readonly #tarballs: ReturnType<typeof packAll>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'cometkit-next-'));

  private constructor(folder: string) {
    this.#modules = join(folder, 'node_modules');
    if (!build()) throw new Error('the packages do not build');
    this.#tarballs = packAll(join(this.#folder, 'tarballs'));
  }

  /** @returns undefined where Next cannot be installed. */
  static async prepare(): Promise<NextInstall | undefined> {
    const folder = await install(example, 'next-install');
    return folder === undefined ? undefined : new NextInstall(folder);
  }

  /** Makes an app of the given files in an empty folder outside the repository. */
  app(name: string, files: ReadonlyMap<string, string>): NextApp {
    const folder = join(this.#folder, name);
    const app = new NextApp(folder);
    for (const [file, text] of files) app.write(file, text);
    this.#equip(folder);
    return app;
  }

  /** Makes a copy of the example. */
  example(files: ReadonlyMap<string, string>): NextApp {
    const folder = join(this.#folder, 'example');
    cpSync(example, folder, { recursive: true, filter: (path) => !ownFiles.test(path) });
    return this.app('example', files);
  }

  /** Removes everything but the install. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #equip(folder: string): void {
    const modules = join(folder, 'node_modules');
    const folders = readdirSync(this.#modules).filter(
      (name) => name !== '@cometkit' && !name.startsWith('.'),
    );
    for (const name of folders) linkTree(join(this.#modules, name), join(modules, name));
    for (const { name, file } of this.#tarballs) {
      const target = join(modules, name);
      mkdirSync(target, { recursive: true });
      const { status } = spawnSync('tar', ['-xzf', file, '--strip-components=1', '-C', target]);
      if (status !== 0) throw new Error(`cannot unpack ${file}`);
    }
  }
}

/** One app in a folder of its own. */
export class NextApp {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs `next build`. @returns what it printed. */
  async build(env: Record<string, string> = {}): Promise<string> {
    const { status, output } = await run(process.execPath, [nextBin(this.folder), 'build'], {
      cwd: this.folder,
      env: { ...process.env, ...quiet, ...env, NODE_ENV: 'production' },
    });
    if (status !== 0) throw new Error(`next build failed:\n${output}`);
    return output;
  }

  /** Runs `next start` or `next dev`, by node and not by npx, so that its signals arrive. */
  serve(command: 'start' | 'dev', env: Record<string, string> = {}): Program {
    const args = ['--expose-gc', nextBin(this.folder), command, '-p', '0'];
    const NODE_ENV = command === 'dev' ? 'development' : 'production';
    return Program.start(this.folder, args, { ...quiet, ...env, NODE_ENV });
  }
}

const quiet = { NEXT_TELEMETRY_DISABLED: '1' };

function nextBin(folder: string): string {
  return join(folder, 'node_modules/next/dist/bin/next');
}

/** Copies a tree by hard links, which is quick; by bytes where the folders are on two devices. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target); // another device, or a file system without links
  }
}
