import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** Arguments of Node that give a program a free port, whatever it asks for. */
export const onFreePort: readonly string[] = [
  '--require',
  fileURLToPath(new URL('./free-port.cjs', import.meta.url)),
];

/** A server program in a process of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdout?.on('data', (chunk) => this.#add(chunk));
    child.stderr?.on('data', (chunk) => this.#add(chunk));
  }

  /** Starts `node` with the arguments in a folder. */
  static start(folder: string, args: readonly string[], env: Record<string, string> = {}): Program {
    const child = spawn(process.execPath, [...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Program(child);
  }

  /** Everything that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits for its end. @returns its exit code, null when a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Waits until it listens. @returns the address, without a path. */
  async address(timeoutMs = 20_000): Promise<string> {
    const port = await eventually(
      `a listening server in: ${this.#output}`,
      () => {
        if (this.#child.exitCode !== null)
          throw new Error(`ended with ${this.#child.exitCode}:\n${this.#output}`);
        return /(?:^listening on |Local: +http:\/\/localhost:)(\d+)$/m.exec(this.#output)?.[1];
      },
      timeoutMs,
    );
    return `http://127.0.0.1:${port}`;
  }

  /** Sends a signal and waits for the end. Units: milliseconds that it took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    const begin = performance.now();
    this.#child.kill(signal);
    await this.#ended;
    return performance.now() - begin;
  }

  /** Ends it at once, if it still runs. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop('SIGKILL');
  }

  #add(chunk: Buffer): void {
    this.#output += chunk.toString();
  }
}
