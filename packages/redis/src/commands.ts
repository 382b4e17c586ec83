import { Connection, type Reply } from './connection.ts';
import type { Health } from './health.ts';
import { Link } from './link.ts';
import { explain } from './refusal.ts';
import type { Script } from './scripts.ts';
import type { Settings as All } from './settings.ts';

type Settings = Pick<All, 'client' | 'address' | 'commandMs' | 'retryMs'>;

/** The connection for all but reading: every call has a deadline, and a failure says what to do. */
export class Commands {
  readonly #settings: Settings;
  readonly #health: Pick<Health, 'failed'>;
  readonly #link: Link;

  constructor(settings: Settings, health: Pick<Health, 'failed'>) {
    this.#settings = settings;
    this.#health = health;
    const [least, most] = settings.retryMs;
    this.#link = new Link(() => Connection.open(settings.client, settings.commandMs), { least, most });
  }

  /** @throws {Error} — the engine refuses or does not answer; in one line. */
  run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<Reply> {
    return this.#do((connection) => connection.run(script, { keys, values }, this.#settings.commandMs));
  }

  /** @throws {Error} — the engine refuses or does not answer; in one line. */
  send(...command: readonly string[]): Promise<Reply> {
    return this.#do((connection) => connection.send(command, this.#settings.commandMs));
  }

  stop(): void {
    this.#link.stop();
  }

  async #do(work: (connection: Connection) => Promise<Reply>): Promise<Reply> {
    try {
      return await work(await this.#link.get());
    } catch (error) {
      const refusal = explain(error, this.#settings.address);
      this.#health.failed(refusal);
      // Another may be the primary by now.
      if (refusal.replica) this.#link.drop();
      throw new Error(refusal.line, { cause: error });
    }
  }
}
