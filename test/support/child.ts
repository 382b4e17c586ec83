import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const loader = import.meta.resolve('tsx');
const tsconfig = fileURLToPath(new URL('../tsconfig.json', import.meta.url));

/** A TypeScript program in a process of its own, on the sources of the packages, that is talked to by messages. */
export class Child {
  readonly #process: ChildProcess;
  #errors = '';

  constructor(file: URL, flags: readonly string[] = []) {
    this.#process = fork(fileURLToPath(file), [], {
      execArgv: ['--import', loader, ...flags],
      env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
  }

  /** What it has written to its error output. */
  get errors(): string {
    return this.#errors;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Waits for its next message. @throws it ended before. */
  message<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`the process has ended:\n${this.#errors}`));
      this.#process.once('exit', ended);
      this.#process.once('message', (message) => {
        this.#process.off('exit', ended);
        resolve(message as T);
      });
    });
  }

  /** Sends a message and waits for the answer. */
  ask<T>(message: string): Promise<T> {
    const answer = this.message<T>();
    this.#process.send(message);
    return answer;
  }

  async end(): Promise<void> {
    if (!this.alive) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}
