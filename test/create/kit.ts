import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '../../packages/create/src/index.ts';
import { eventually } from '../support/eventually.ts';

/** What a run has left behind. */
export interface Made {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How the program is run. */
export interface Typing {
  readonly tty?: boolean;
  readonly env?: Record<string, string>;
  readonly version?: string;
}

/** An empty folder, and the program that is typed there. */
export class Desk {
  readonly folder: string;
  readonly #place = mkdtempSync(join(tmpdir(), 'cometkit-create-'));
  readonly #stop = new AbortController();
  readonly #stdin = new PassThrough();
  #out = '';
  #err = '';

  constructor() {
    this.folder = join(this.#place, 'desk');
    mkdirSync(this.folder);
  }

  /** Runs the program to its end. */
  async type(
    args: readonly string[],
    { tty = false, env = {}, version = process.version }: Typing = {},
  ): Promise<Made> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stdout.on('data', (chunk) => {
      this.#out += chunk;
    });
    stderr.on('data', (chunk) => {
      this.#err += chunk;
    });
    const code = await run(args, {
      stdin: Object.assign(this.#stdin, { isTTY: tty }),
      stdout: Object.assign(stdout, { isTTY: tty }),
      stderr,
      env,
      version,
      cwd: this.folder,
      stop: this.#stop.signal,
    });
    return { code, out: this.#out, err: this.#err };
  }

  /** Waits for a question, and answers it. */
  async answer(question: string, keys: string): Promise<void> {
    await eventually(`${question} in: ${this.#out}`, () => this.#out.includes(question));
    this.#out = '';
    this.#stdin.write(keys);
  }

  /** Interrupts the program from outside. */
  stop(): void {
    this.#stop.abort();
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Everything that lies in the folder now, files only. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(this.path(path), { throwIfNoEntry: false })?.isFile())
      .sort();
  }

  close(): void {
    rmSync(this.#place, { recursive: true, force: true });
  }
}
