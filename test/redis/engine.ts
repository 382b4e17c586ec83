import type { Accident, EngineUnderTest } from '@cometkit/testkit';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import type { Timings } from '../../packages/redis/src/settings.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { RedisServer } from '../support/redis.ts';

export const secret = 'a secret of at least 32 characters';
export const keys = { log: '{comet}log', meta: '{comet}meta' };
/** So short that tests need not wait. */
export const quick: Timings = { pulseMs: 100, blockMs: 300, commandMs: 400, retryMs: [10, 100] };

/** A real server with a proxy of faults before it. */
export class RedisEngine implements EngineUnderTest {
  readonly proxy: FaultProxy;
  #server: RedisServer;
  #replica: RedisServer | undefined;
  #state: readonly (readonly (string | Buffer)[])[] = [];
  readonly accidents: Partial<Record<Accident, () => Promise<void>>>;

  private constructor(server: RedisServer, proxy: FaultProxy) {
    this.#server = server;
    this.proxy = proxy;
    this.accidents = this.#accidents();
  }

  static async start(): Promise<RedisEngine> {
    const server = await RedisServer.start('--appendfsync', 'everysec');
    return new RedisEngine(server, await FaultProxy.start(server.port));
  }

  get server(): RedisServer {
    return this.#server;
  }

  open(timings: Partial<Timings> = {}) {
    const url = `redis://127.0.0.1:${this.proxy.port}`;
    return openRedisCluster({ url, secret, log: { maxEvents: 2000 } }, { ...quick, ...timings });
  }

  /** Keeps the present state: for `restore`, and in a replica that gets nothing more. */
  async remember(): Promise<void> {
    const state: (string | Buffer)[][] = [];
    for (const key of [keys.meta, keys.log]) {
      const dumped = await this.#server.dump(key);
      state.push(dumped === undefined ? ['DEL', key] : ['RESTORE', key, '0', dumped, 'REPLACE']);
    }
    this.#state = state;
  }

  /** Puts the state back that was remembered, in one step. */
  restore(...further: readonly (readonly (string | Buffer)[])[]): Promise<void> {
    return this.#server.transaction(...this.#state, ...further);
  }

  /** Starts a replica, waits until it has everything, and cuts it off. */
  async cutReplica(): Promise<void> {
    this.#replica = await RedisServer.start('--appendfsync', 'everysec');
    await this.#replica.command('REPLICAOF', '127.0.0.1', String(this.#server.port));
    for (let up = false; !up; ) {
      const info = String(await this.#replica.command('INFO', 'replication'));
      up = /master_link_status:up/.test(info);
      if (!up) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.#replica.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
    await this.#server.command('CLIENT', 'KILL', 'TYPE', 'replica');
    await this.#replica.command('REPLICAOF', '127.0.0.1', '1');
  }

  /** The replica becomes the primary, and the primary goes. */
  async promote(): Promise<void> {
    const replica = this.#replica;
    if (replica === undefined) throw new Error('there is no replica');
    await replica.command('REPLICAOF', 'NO', 'ONE');
    this.proxy.lead(replica.port);
    await this.#server.close();
    this.#server = replica;
    this.#replica = undefined;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.#server.close();
    await this.#replica?.close();
  }

  async #restart(forget: boolean): Promise<void> {
    await this.#server.kill();
    if (forget) this.#server.forget();
    await this.#server.run();
  }

  #command(...command: readonly string[]): () => Promise<void> {
    return async () => {
      await this.#server.command(...command);
    };
  }

  #accidents(): Partial<Record<Accident, () => Promise<void>>> {
    return {
      'is killed and comes back with all it had': () => this.#restart(false),
      'is killed and comes back with nothing': () => this.#restart(true),
      'is emptied': this.#command('FLUSHALL'),
      'loses the log': this.#command('DEL', keys.log),
      'loses what it knows of the log': this.#command('DEL', keys.meta),
      'loses its oldest entries': this.#command('XTRIM', keys.log, 'MAXLEN', '2'),
      'loses its newest entry': async () => {
        const [newest] = (await this.#server.command('XREVRANGE', keys.log, '+', '-', 'COUNT', '1')) as [
          [string],
        ];
        await this.#server.command('XDEL', keys.log, newest[0]);
      },
      'loses all entries, and keeps the log': this.#command('XTRIM', keys.log, 'MAXLEN', '0'),
      'is set back to an earlier state': () => this.restore(),
      'is replaced by a replica that is behind': async () => {
        await this.cutReplica();
        await new Promise((resolve) => setTimeout(resolve, 100));
        await this.promote();
      },
      'answers nothing for a while': async () => {
        this.proxy.silence();
        await new Promise((resolve) => setTimeout(resolve, 700));
        this.proxy.open();
      },
      'closes every connection': async () => this.proxy.cut(),
      'takes a batch and is cut off before it answers': async () => this.proxy.cutAnswers(6),
      'is given an entry that nobody can read': async () => {
        await this.#server.command('XADD', keys.log, '*', 'what', 'ever');
        const last = Number(await this.#server.command('HGET', keys.meta, 'last'));
        await this.#server.command('XADD', keys.log, `1-${last + 2}`, 'h', 'x', 'f', 'y').catch(() => 0);
      },
    };
  }
}
