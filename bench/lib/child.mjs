// A process of a measurement that obeys the runner over the IPC channel, on the core of its part.
import { spawn } from 'node:child_process';
import { onCore } from './pin.mjs';

/** A running process. */
export class Child {
  #child;
  #calls = new Map();
  #next = 1;
  #part;

  /** Starts a script; resolves when it has said that it is ready. `part` is `server` or `load`. */
  static async start(part, script, args) {
    const child = new Child(part, script, args);
    await child.#reply(0);
    return child;
  }

  constructor(part, script, args) {
    this.#part = part;
    const { command, args: pinned } = onCore(part, process.execPath, [script, ...args]);
    const env = { ...process.env, NODE_ENV: 'production' };
    this.#child = spawn(command, pinned, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    this.#child.on('message', ({ id, result, error }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    this.#child.on('error', (error) => this.#failAll(error));
    this.#child.on('exit', (code) => this.#failAll(new Error(`the ${this.#part} ended with code ${code}`)));
  }

  /** Has the process carry out one of its commands. */
  ask(command, argument) {
    const id = this.#next++;
    this.#child.send({ id, command, argument });
    return this.#reply(id);
  }

  /** Ends the process. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #reply(id) {
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  #failAll(error) {
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }
}
