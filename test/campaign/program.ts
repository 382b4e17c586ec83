import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Order, Told } from './node.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program of a node, made of the sources of the packages. It lies below the root, where its dependencies are found. */
export async function bundleNode(): Promise<{ path: string; remove(): void }> {
  const folder = mkdtempSync(join(root, 'node_modules/.cache-campaign-'));
  const path = join(folder, 'node.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./node.ts', import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    external: ['@redis/client', '@nats-io/*', 'ws'],
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

/** What a node is started with, and who hears what it tells. */
export interface NodeParts {
  /** The engine's name, and its address as `host:port`. */
  readonly engine: readonly [name: string, address: string];
  readonly told: (told: Exclude<Told, { port: number }>) => void;
  /** A process begins that knows nothing. */
  readonly begun: () => void;
}

/** A node that can be killed, stopped and started again, at another port. */
export class NodeProcess {
  /** 0 before it has started. */
  port = 0;
  readonly #program: string;
  readonly #parts: NodeParts;
  #child: ChildProcess | undefined;
  #ready = false;
  #stopped = false;
  said = '';

  constructor(program: string, parts: NodeParts) {
    this.#program = program;
    this.#parts = parts;
  }

  /** Whether a balancer would send it requests. */
  get up(): boolean {
    return this.#ready && !this.#stopped;
  }

  start(): Promise<void> {
    const { engine, told, begun } = this.#parts;
    begun();
    const child = fork(this.#program, engine, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    child.stderr?.on('data', (text) => {
      this.said = `${this.said}${text}`.slice(-4000);
    });
    return new Promise((resolve, reject) => {
      child.once('exit', () => {
        this.#ready = false;
        reject(new Error(`a node has ended: ${this.said}`));
      });
      child.on('message', (message: Told) => {
        if (!('port' in message)) return told(message);
        this.port = message.port;
        this.#ready = true;
        resolve();
      });
    });
  }

  publish(id: number, subject: string): boolean {
    return this.up && this.#send({ id, subject });
  }

  /** Ends it by a signal, and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#ended((child) => child.kill(signal));
  }

  /** Ends it as a deploy does: no new requests, then its clients are sent elsewhere. */
  async drain(): Promise<void> {
    await this.#ended(() => this.#send('drain'));
  }

  /** It does nothing for a while. */
  async stop(ms: number): Promise<void> {
    this.#stopped = true;
    this.#child?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child?.kill('SIGCONT');
    this.#stopped = false;
  }

  #send(order: Order): boolean {
    if (!this.#child?.connected) return false;
    this.#child.send(order, () => undefined);
    return true;
  }

  async #ended(end: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#ready = false;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    end(child);
    await ended;
  }
}
