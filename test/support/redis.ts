import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { eventually } from './eventually.ts';
import { unusedPort } from './unused-port.ts';

const given = process.env['SKIP_REDIS'] === undefined ? process.env['REDIS_PATH'] : undefined;

/** Says whether there is no `redis-server`, in one line on the output then. With `CI=true` there must be one. */
export function skipsRedis(): boolean {
  if (given !== undefined) return false;
  if (process.env['CI'] === 'true' && process.env['SKIP_REDIS'] === undefined)
    throw new Error('redis-server is missing: install it, or name one with REDIS_PATH');
  process.stdout.write('No redis-server: many nodes over one are not tested. Name one with REDIS_PATH.\n');
  return true;
}

type Client = ReturnType<typeof clientOf>;

function clientOf(port: number) {
  return createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2, socket: { reconnectStrategy: false } });
}

/** A `redis-server` of the test's own, in a folder that goes with it. It writes what it has taken before it answers. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #client: Client | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
    this.#folder = mkdtempSync(join(tmpdir(), 'cometkit-redis-'));
  }

  /** @param args - further options of the server, as in `['--maxmemory', '2mb']`. */
  static async start(...args: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await unusedPort(), args);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the process, with the data that are in the folder. */
  async run(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const args = [...own, '--appendonly', 'yes', '--repl-diskless-sync-delay', '0', ...this.#args];
    const child = spawn(given ?? 'redis-server', args, { stdio: 'ignore' });
    this.#child = child;
    await eventually('redis-server answers', async () => {
      if (child.exitCode !== null) throw new Error(`redis-server has ended with ${child.exitCode}`);
      return (await this.command('PING').catch(() => undefined)) !== undefined;
    });
  }

  /** Sends a command, over a connection that no node uses. */
  async command(...command: readonly string[]): Promise<unknown> {
    if (!this.#client?.isReady) {
      this.#client?.destroy();
      this.#client = clientOf(this.port).on('error', () => undefined);
      await this.#client.connect();
    }
    return this.#client.sendCommand(command);
  }

  /** Several commands as one step. */
  async transaction(...commands: readonly (readonly (string | Buffer)[])[]): Promise<void> {
    await this.command('PING');
    const sent = [['MULTI'], ...commands, ['EXEC']].map((command) => this.#client?.sendCommand(command));
    await Promise.all(sent);
  }

  /** What a key holds, as `RESTORE` takes it. */
  async dump(key: string): Promise<Buffer | undefined> {
    await this.command('PING');
    const dumped = await this.#client?.sendCommand(['DUMP', key], { typeMapping: { 36: Buffer } });
    return dumped === null ? undefined : (dumped as unknown as Buffer);
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Ends it at once, as kill -9 does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    this.#client = undefined;
  }

  /** Removes all that it would find when it is run again. */
  forget(): void {
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
    rmSync(join(this.#folder, 'appendonly.aof'), { force: true });
  }

  async close(): Promise<void> {
    if (this.#client?.isOpen) this.#client.destroy();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A Sentinel of the test's own: a `redis-server` that watches one primary, and makes a replica of it the next one. */
export class Sentinel {
  readonly #child: ChildProcess;
  readonly #client: Client;
  readonly #folder: string;

  private constructor(child: ChildProcess, client: Client, folder: string) {
    this.#child = child;
    this.#client = client;
    this.#folder = folder;
  }

  static async start(primaryPort: number): Promise<Sentinel> {
    const port = await unusedPort();
    const folder = mkdtempSync(join(tmpdir(), 'cometkit-sentinel-'));
    const file = join(folder, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor push 127.0.0.1 ${primaryPort} 1`,
      'sentinel down-after-milliseconds push 700',
      'sentinel failover-timeout push 5000',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = spawn(given ?? 'redis-server', [file, '--sentinel'], { stdio: 'ignore' });
    const client = await eventually('the Sentinel answers', async () => {
      return await clientOf(port)
        .on('error', () => undefined)
        .connect()
        .catch(() => undefined);
    });
    return new Sentinel(child, client, folder);
  }

  /** The port of the primary, as it sees it. */
  async primary(): Promise<number> {
    const found = await this.#client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'push']);
    return Number((found as unknown as readonly string[])[1]);
  }

  /** How many replicas it knows. */
  async replicas(): Promise<number> {
    const found = await this.#client.sendCommand(['SENTINEL', 'REPLICAS', 'push']);
    return (found as unknown as readonly unknown[]).length;
  }

  async close(): Promise<void> {
    this.#client.destroy();
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
