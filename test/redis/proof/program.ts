import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Order, Outcome } from './node.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program of a node, made of the sources of the packages. It lies below the root, where its dependencies are found. */
export async function bundleNode(): Promise<{ path: string; remove(): void }> {
  const folder = mkdtempSync(join(root, 'node_modules/.cache-proof-'));
  const path = join(folder, 'node.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./node.ts', import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    external: ['@redis/client', 'ws'],
    plugins: [
      {
        name: 'sources',
        setup(builder) {
          builder.onResolve({ filter: /^@cometkit\// }, ({ path: name }) => {
            const [, pack, file = 'index'] = name.split('/');
            return { path: `${root}packages/${pack}/src/${file}.ts` };
          });
        },
      },
    ],
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A node that can be killed, stopped and started again at the same port. */
export class NodeProcess {
  readonly port: number;
  readonly #program: string;
  readonly #url: string;
  readonly #outcome: (outcome: Outcome) => void;
  #child: ChildProcess | undefined;
  #ready = false;
  #stopped = false;
  said = '';

  constructor(
    program: string,
    given: { readonly url: string; readonly port: number; readonly outcome: (outcome: Outcome) => void },
  ) {
    this.#program = program;
    this.#url = given.url;
    this.port = given.port;
    this.#outcome = given.outcome;
  }

  /** Whether a balancer would send it requests. */
  get up(): boolean {
    return this.#ready && !this.#stopped;
  }

  start(): Promise<void> {
    const child = fork(this.#program, [this.#url, String(this.port)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    child.stderr?.on('data', (text) => {
      this.said = `${this.said}${text}`.slice(-4000);
    });
    child.once('exit', () => {
      this.#ready = false;
    });
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`a node has ended: ${this.said}`)));
      child.on('message', (message) => {
        if (message !== 'ready') return this.#outcome(message as Outcome);
        this.#ready = true;
        resolve();
      });
    });
  }

  publish(order: Order): boolean {
    if (!this.up || !this.#child?.connected) return false;
    this.#child.send(order, () => undefined);
    return true;
  }

  /** Ends it by a signal, and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#ready = false;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** It does nothing for a while. */
  async stop(ms: number): Promise<void> {
    this.#stopped = true;
    this.#child?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child?.kill('SIGCONT');
    this.#stopped = false;
  }
}
