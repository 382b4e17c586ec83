import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { connect, type NatsConnection, type TlsOptions } from '@nats-io/transport-node';
import { eventually } from './eventually.ts';
import { unusedPort } from './unused-port.ts';

const given = process.env['SKIP_NATS'] === undefined ? process.env['NATS_PATH'] : undefined;

/** Says whether there is no `nats-server`, in one line on the output then. With `CI=true` there must be one. */
export function skipsNats(): boolean {
  if (given !== undefined) return false;
  if (process.env['CI'] === 'true' && process.env['SKIP_NATS'] === undefined)
    throw new Error('nats-server is missing: install it, or name one with NATS_PATH');
  process.stdout.write('No nats-server: many nodes over one are not tested. Name one with NATS_PATH.\n');
  return true;
}

/** The minor version of the server: 10 of 2.10.27. */
export function natsMinor(): number {
  const { stdout } = spawnSync(given ?? 'nats-server', ['--version'], { encoding: 'utf8' });
  return Number(/v2\.(\d+)/.exec(stdout ?? '')?.[1]);
}

/** Who may do anything, where a file of the server names users. */
const admin = { user: 'admin', pass: 'admin' };

/** A `nats-server` of the test's own, in a folder that goes with it. */
export class NatsServer {
  readonly port: number;
  readonly #folder: string;
  readonly #lines: string;
  readonly #tls: TlsOptions | undefined;
  #child: ChildProcess | undefined;
  #connection: NatsConnection | undefined;

  private constructor(port: number, lines: string, tls: TlsOptions | undefined) {
    this.port = port;
    this.#lines = lines;
    this.#tls = tls;
    this.#folder = mkdtempSync(join(tmpdir(), 'cometkit-nats-'));
  }

  /**
   * @param lines - what stands in its file beside the port; `STORE` is where it may keep things.
   * @param tls - who vouches for the server, if the lines have it speak TLS.
   */
  static async start(lines = 'jetstream { store_dir: "STORE" }', tls?: TlsOptions): Promise<NatsServer> {
    const server = new NatsServer(await unusedPort(), lines, tls);
    await server.run();
    return server;
  }

  get servers(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts the process, with what is in the folder. */
  async run(): Promise<void> {
    const file = join(this.#folder, 'nats.conf');
    mkdirSync(this.#store, { recursive: true });
    writeFileSync(
      file,
      `listen: "127.0.0.1:${this.port}"\n${this.#lines.replaceAll('STORE', this.#store)}\n`,
    );
    const child = spawn(given ?? 'nats-server', ['-c', file], { stdio: 'ignore' });
    this.#child = child;
    await eventually('nats-server answers', async () => {
      if (child.exitCode !== null) throw new Error(`nats-server has ended with ${child.exitCode}`);
      return this.#admin().catch(() => undefined);
    });
  }

  /** To look at what the nodes have made, and to do to it what operators do. */
  async manager(): Promise<JetStreamManager> {
    return jetstreamManager(await this.#admin(), { checkAPI: false });
  }

  async bucket(name: string): Promise<KV> {
    return new Kvm(await this.#admin()).open(name);
  }

  /** Publishes without asking whether anybody takes it. */
  async publish(subject: string, text: string): Promise<void> {
    const connection = await this.#admin();
    connection.publish(subject, text);
    await connection.flush();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Ends it at once, as kill -9 does. */
  async kill(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Keeps a copy of what the dead server has on its disk. */
  remember(): void {
    rmSync(`${this.#store}.copy`, { recursive: true, force: true });
    cpSync(this.#store, `${this.#store}.copy`, { recursive: true });
  }

  /** Puts the copy back under a dead server; without one it has nothing. */
  restore(): void {
    this.forget();
    cpSync(`${this.#store}.copy`, this.#store, { recursive: true });
  }

  /** Removes all that it would find when it is run again. */
  forget(): void {
    rmSync(this.#store, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #store(): string {
    return join(this.#folder, 'store');
  }

  async #admin(): Promise<NatsConnection> {
    if (this.#connection === undefined || this.#connection.isClosed())
      this.#connection = await connect({
        ...{ servers: this.servers, reconnect: false, timeout: 1000, ...admin },
        ...(this.#tls && { tls: this.#tls }),
      });
    return this.#connection;
  }
}
