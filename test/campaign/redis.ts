import type { SeededRandom } from '../sim/random.ts';
import { RedisServer } from '../support/redis.ts';
import { type Engine, type Fault, wait } from './engine.ts';
import type { Stand } from './stand.ts';

const log = '{comet}log';
const meta = '{comet}meta';

/** A Redis that writes an append-only file, and what happens to it. */
export class RedisEngine implements Engine {
  readonly name = 'redis';
  server: RedisServer;
  readonly harmless: Readonly<Record<string, Fault>> = {};
  readonly destroying: Readonly<Record<string, Fault>> = {
    FLUSHALL: () => this.#run('FLUSHALL'),
    XTRIM: (_, random) => this.#run('XTRIM', log, 'MAXLEN', String(random.integer(0, 5))),
    'DEL of the log': () => this.#run('DEL', log),
    'DEL of what is known of the log': () => this.#run('DEL', meta),
    XDEL: () => this.#deleteNewest(),
    'promotion of a replica that is behind': (stand, random) => this.#promote(stand, random),
  };

  private constructor(server: RedisServer) {
    this.server = server;
  }

  static async start(): Promise<RedisEngine> {
    return new RedisEngine(await RedisServer.start('--appendfsync', 'everysec'));
  }

  close(): Promise<void> {
    return this.server.close();
  }

  async #run(...command: readonly string[]): Promise<void> {
    await this.server.command(...command);
  }

  async #deleteNewest(): Promise<void> {
    const [newest] = (await this.server.command('XREVRANGE', log, '+', '-', 'COUNT', '1')) as [[string]?];
    if (newest !== undefined) await this.#run('XDEL', log, newest[0]);
  }

  async #promote(stand: Stand, random: SeededRandom): Promise<void> {
    const replica = await RedisServer.start('--appendfsync', 'everysec');
    await replica.command('REPLICAOF', '127.0.0.1', String(this.server.port));
    for (let tries = 0; tries < 200; tries += 1) {
      if (/master_link_status:up/.test(String(await replica.command('INFO', 'replication')))) break;
      await wait(20);
    }
    await replica.command('REPLICAOF', 'NO', 'ONE');
    await wait(random.integer(0, 500));
    const old = this.server;
    this.server = replica;
    stand.lead(replica.port);
    await old.close();
  }
}
