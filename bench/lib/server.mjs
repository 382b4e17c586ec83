// The process of a server under test, seen from the runner.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onCore } from './pin.mjs';

const host = fileURLToPath(new URL('../host/host.mjs', import.meta.url));

/** A running server under test. */
export class ServerUnderTest {
  #child;
  #calls = new Map();
  #next = 1;

  /** Starts the process of a system: `{ url, options }`. */
  static async start({ url, options = {} }) {
    const server = new ServerUnderTest(url, options);
    await server.#reply(0);
    return Object.assign(server, await server.ask('start'));
  }

  constructor(url, options) {
    const nodeArgs = [host, url, JSON.stringify(options)];
    const { command, args } = onCore('server', process.execPath, nodeArgs);
    const env = { ...process.env, NODE_ENV: 'production' };
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    this.#child.on('message', ({ id, result, error }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    this.#child.on('error', (error) => this.#failAll(error));
    this.#child.on('exit', (code) => this.#failAll(new Error(`the server ended with code ${code}`)));
  }

  /** Has the process do something: `drive`, `memory`, `cpu`, `stats`. */
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
