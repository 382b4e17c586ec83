import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { Program } from '../support/program.ts';
import { RedisServer } from '../support/redis.ts';
import { unusedPort } from '../support/unused-port.ts';

const deploy = fileURLToPath(new URL('../../examples/deploy/', import.meta.url));
const secret = 'the secret of all nodes of the fleet';
const certificateLine =
  'req -x509 -newkey rsa:2048 -nodes -keyout privkey.pem -out fullchain.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
const names = ['node1', 'node2', 'node3'] as const;
// Two looks of HAProxy, and no longer.
const drain = { SETTLE_MS: '1000', DRAIN_MS: '500' };

/** Reads a file of the example for a machine of its own: addresses, ports and folders are replaced, the rest runs as it stands. */
function adapted(file: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce(
    (text, [from, to]) => {
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has nothing like ${from} any more`);
      return changed;
    },
    readFileSync(join(deploy, file), 'utf8'),
  );
}

/** One node: where it serves, and its process. */
class FleetNode {
  readonly port: number;
  /** The port for health, readiness and metrics. */
  readonly room: number;
  readonly #env: Record<string, string>;
  #program: Program | undefined;

  constructor(port: number, room: number, env: Record<string, string>) {
    this.port = port;
    this.room = room;
    this.#env = env;
  }

  /** Starts the server of the example. Resolves when it is ready. */
  async start(): Promise<void> {
    const env = { ...this.#env, ...drain, PORT: String(this.port), ROOM_PORT: String(this.room) };
    this.#program = Program.start(deploy, ['server.mjs'], env);
    await eventually('a node that is ready', () => this.isReady(), 30_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#program?.output}`);
    });
  }

  isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.room}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Asks it to end, as a service manager does. @returns its exit code, once it has drained. */
  async stop(): Promise<number | null | undefined> {
    await this.#program?.stop('SIGTERM');
    return this.#program?.ended;
  }

  /** Ends it without a word. */
  kill(): Promise<void> | undefined {
    return this.#program?.kill();
  }
}

/** Three nodes of `examples/deploy` over Redis, behind HAProxy, and watched by Prometheus where that is asked for. */
export class Fleet {
  readonly redis: RedisServer;
  readonly nodes: readonly FleetNode[];
  /** The push path, behind HAProxy. */
  readonly url: string;
  /** The certificate that signs HAProxy's. */
  readonly authority: string;
  readonly #folder: string;
  readonly #ports: { readonly https: number; readonly stats: number };
  readonly #services: ChildProcess[] = [];

  private constructor(
    redis: RedisServer,
    nodes: readonly FleetNode[],
    ports: { readonly https: number; readonly stats: number },
  ) {
    this.redis = redis;
    this.nodes = nodes;
    this.#ports = ports;
    this.url = `https://localhost:${ports.https}/push`;
    this.#folder = mkdtempSync(join(tmpdir(), 'cometkit-fleet-'));
    this.authority = join(this.#folder, 'fullchain.pem');
  }

  /** Starts it. Resolves when HAProxy sees three nodes. */
  static async start(): Promise<Fleet> {
    const redis = await RedisServer.start();
    const nodes: FleetNode[] = [];
    for (const NODE_ID of names) {
      const env = { REDIS_URL: redis.url, PUSH_SECRET: secret, NODE_ID };
      nodes.push(new FleetNode(await unusedPort(), await unusedPort(), env));
    }
    const fleet = new Fleet(redis, nodes, { https: await unusedPort(), stats: await unusedPort() });
    try {
      await Promise.all(nodes.map((node) => node.start()));
      fleet.#startProxy();
      await fleet.sees(3);
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  /** Waits until HAProxy sends newcomers to so many nodes. */
  async sees(count: number): Promise<void> {
    await eventually(
      `${count} nodes that HAProxy finds up`,
      async () => {
        const table = await fetch(`http://127.0.0.1:${this.#ports.stats}/;csv`).then(
          (answer) => answer.text(),
          () => '',
        );
        return table.match(/^nodes,node\d,.*,UP,/gm)?.length === count;
      },
      30_000,
    );
  }

  /** Starts Prometheus with the files of the example. @returns its address. */
  async watch(): Promise<string> {
    const port = await unusedPort();
    const config = adapted('prometheus.yml', [
      [/interval: 15s/g, 'interval: 1s'],
      ...this.nodes.map(({ room }, at) => [`10.0.0.${at + 1}:9464`, `127.0.0.1:${room}`] as const),
    ]);
    this.#write('alerts.yml', readFileSync(join(deploy, 'alerts.yml'), 'utf8'));
    const own = ['--config.file', this.#write('prometheus.yml', config)];
    const data = ['--storage.tsdb.path', join(this.#folder, 'data')];
    this.#run('PROMETHEUS_PATH', [...own, ...data, '--web.listen-address', `127.0.0.1:${port}`]);
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      'Prometheus',
      () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      30_000,
    );
    return url;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const service of this.#services.splice(0)) {
      if (service.exitCode !== null || service.pid === undefined) continue;
      const ended = new Promise((resolve) => service.once('exit', resolve));
      service.kill('SIGKILL');
      await ended;
    }
    await this.redis.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #startProxy(): void {
    execFileSync('openssl', certificateLine.split(' '), { cwd: this.#folder, stdio: 'ignore' });
    const pem = ['fullchain.pem', 'privkey.pem'].map((name) =>
      readFileSync(join(this.#folder, name), 'utf8'),
    );
    this.#write('haproxy.pem', pem.join(''));
    const config = adapted('haproxy.cfg', [
      ['maxconn 30000', 'maxconn 1000'],
      ['bind :443', `bind 127.0.0.1:${this.#ports.https}`],
      ['/etc/ssl/app.example', this.#folder],
      ['127.0.0.1:8404', `127.0.0.1:${this.#ports.stats}`],
      [' port 9464', ''], // each node of one machine has its own
      ...this.nodes.map(
        ({ port, room }, at) => [`10.0.0.${at + 1}:3000`, `127.0.0.1:${port} port ${room}`] as const,
      ),
    ]);
    this.#run('HAPROXY_PATH', ['-db', '-f', this.#write('haproxy.cfg', config)]);
  }

  #write(file: string, text: string): string {
    const path = join(this.#folder, file);
    writeFileSync(path, text);
    return path;
  }

  #run(env: string, args: readonly string[]): void {
    const service = spawn(process.env[env] ?? env, args, { cwd: this.#folder, stdio: 'ignore' });
    service.on('error', () => undefined); // what waits for it says that it is not there
    this.#services.push(service);
  }
}
