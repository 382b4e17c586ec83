import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Cluster } from '@cometkit/core/cluster';
import type { CloseOptions } from '@cometkit/handler';
import type { EngineModel } from './engine-model.ts';

/** What the application of a node is made from. */
export interface LocalNodeParts {
  /** The engine as this node reaches it: for `createHub({ cluster })` or `comet({ cluster })`. */
  readonly cluster: Cluster;
  /** The server of this node, which listens already: put the application on it with `server.on('request', app)`. */
  readonly server: Server;
  /** Which node it is, from 0. It stays the same when the node starts again. */
  readonly index: number;
}

/** What the application of a node has to offer: what `comet()` and `createNodeHandler()` give does. */
export interface LocalApp {
  /**
   * Closes the hub and ends whatever the application does.
   *
   * @param options - of a deploy: clients are told to move, and what was published is waited for. None after a kill, when nothing that
   *   it says gets out any more.
   */
  close(options?: CloseOptions): unknown;
}

/** Makes the application of one node, each time that the node starts. */
export type StartLocalApp<App extends LocalApp> = (parts: LocalNodeParts) => App | Promise<App>;

// Those who wait for a balancer have none: the round robin knows at once.
const deploy: CloseOptions = { settleMs: 0, drainMs: 0 };

interface Life<App> {
  readonly id: string;
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly app: App;
}

/** One node of a {@link LocalCluster}. */
export class LocalNode<App extends LocalApp> {
  /** Which one it is, from 0. */
  readonly index: number;
  readonly #model: EngineModel;
  readonly #start: StartLocalApp<App>;
  readonly #closing = new Set<Promise<unknown>>();
  #life: Life<App> | undefined;
  #lives = 0;
  #port = 0;

  constructor(index: number, model: EngineModel, start: StartLocalApp<App>) {
    this.index = index;
    this.#model = model;
    this.#start = start;
  }

  /** The port of its server on the loopback: the same in all of its lives. */
  get port(): number {
    return this.#port;
  }

  /** The address of its server, such as `http://127.0.0.1:40001`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Whether it runs. */
  get up(): boolean {
    return this.#life !== undefined;
  }

  /** What its application is in the present life. @throws {Error} it does not run. */
  get app(): App {
    return this.#living().app;
  }

  /** Its name for the engine in the present life, as in `cluster.engine.cut(node.id)`. @throws {Error} it does not run. */
  get id(): string {
    return this.#living().id;
  }

  /** @internal */
  async start(): Promise<void> {
    this.#lives += 1;
    const id = `local${this.index}x${String(this.#lives).padStart(4, '0')}`;
    const server = createServer();
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    const { cluster, started } = watched(this.#model.node(id));
    try {
      const app = await this.#start({ cluster, server, index: this.index });
      await started();
      this.#life = { id, server, sockets, app };
    } catch (error) {
      this.#model.stop(id);
      server.close();
      throw error;
    }
  }

  /**
   * Kills it, as `kill -9` does: its connections are cut in the midst of whatever they carry, and neither the engine nor another node
   * hears a last word. Its clients find another node. Nothing happens when it is down.
   */
  async kill(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    this.#model.stop(life.id);
    await endServer(life);
    // In a process of its own it would be gone. What it still waits for here ends by itself.
    const closed = Promise.resolve(life.app.close()).catch(() => undefined);
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }

  /** Starts it again: after a kill at once; else it is closed first, as a deploy does, and its clients are told to go elsewhere. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** @internal Closes it, if it runs, and waits for what is left of earlier lives. */
  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    try {
      await life?.app.close(deploy);
    } finally {
      if (life !== undefined) {
        this.#model.stop(life.id);
        await endServer(life);
      }
      await Promise.all(this.#closing);
    }
  }

  #living(): Life<App> {
    if (this.#life === undefined) throw new Error(`node ${this.index} does not run`);
    return this.#life;
  }
}

// An application makes its hub, which starts by itself; the node is there once that has read the log.
function watched(cluster: Cluster): { readonly cluster: Cluster; started(): Promise<void> } {
  let started = Promise.resolve();
  const { log } = cluster;
  const start: typeof log.start = (sink) => {
    started = log.start(sink);
    return started;
  };
  const watching = { start, append: log.append.bind(log), end: log.end.bind(log) };
  return { cluster: { ...cluster, log: watching }, started: () => started };
}

async function endServer({ server, sockets }: Life<unknown>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}
