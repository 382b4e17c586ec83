import { FaultProxy } from '../../support/fault-proxy.ts';
import { RedisServer } from '../../support/redis.ts';
import { unusedPort } from '../../support/unused-port.ts';
import { Balancer } from './balancer.ts';
import { placeOf } from './judge.ts';
import type { Outcome } from './node.ts';
import { bundleNode, NodeProcess } from './program.ts';

const nodeCount = 3;

/** A server, a proxy of faults for each node, three nodes in processes of their own, and a balancer before them. */
export class Stand {
  readonly nodes: readonly NodeProcess[];
  readonly proxies: readonly FaultProxy[];
  readonly balancer: Balancer;
  /** Where each event stands that was accepted, by its number. */
  readonly accepted = new Map<number, ReturnType<typeof placeOf>>();
  /** Nobody knows what became of them. */
  uncertain = 0;
  #server: RedisServer;
  readonly #remove: () => void;

  private constructor(
    server: RedisServer,
    parts: {
      nodes: readonly NodeProcess[];
      proxies: readonly FaultProxy[];
      balancer: Balancer;
      remove: () => void;
    },
  ) {
    this.#server = server;
    this.nodes = parts.nodes;
    this.proxies = parts.proxies;
    this.balancer = parts.balancer;
    this.#remove = parts.remove;
  }

  static async start(): Promise<Stand> {
    const program = await bundleNode();
    const server = await RedisServer.start('--appendfsync', 'everysec');
    const proxies: FaultProxy[] = [];
    const nodes: NodeProcess[] = [];
    let stand: Stand | undefined;
    for (let count = 0; count < nodeCount; count += 1) {
      const proxy = await FaultProxy.start(server.port);
      proxies.push(proxy);
      const url = `redis://127.0.0.1:${proxy.port}`;
      const outcome = (came: Outcome): void => stand?.settle(came);
      nodes.push(new NodeProcess(program.path, { url, port: await unusedPort(), outcome }));
    }
    const balancer = await Balancer.start(nodes);
    stand = new Stand(server, { nodes, proxies, balancer, remove: program.remove });
    await Promise.all(nodes.map((node) => node.start()));
    return stand;
  }

  get server(): RedisServer {
    return this.#server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.balancer.port}/push`;
  }

  /** Publishes at a node. @returns false when it is down. */
  publish(index: number, id: number): boolean {
    return this.nodes[index % this.nodes.length]?.publish({ id, subject: '/a' }) ?? false;
  }

  settle({ id, cursor }: Outcome): void {
    if (cursor === undefined) this.uncertain += 1;
    else this.accepted.set(id, placeOf(cursor));
  }

  /** Another server takes the place of the present one, which goes. */
  async promote(server: RedisServer): Promise<void> {
    const old = this.#server;
    this.#server = server;
    for (const proxy of this.proxies) proxy.lead(server.port);
    await old.close();
  }

  async close(): Promise<void> {
    await this.balancer.close();
    await Promise.all(this.nodes.map((node) => node.end('SIGKILL')));
    for (const proxy of this.proxies) await proxy.close();
    await this.#server.close();
    this.#remove();
  }
}
