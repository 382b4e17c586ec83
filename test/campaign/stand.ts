import { parseCursor } from '@cometkit/core';
import { RoundRobin } from '../../packages/testkit/src/round-robin.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import type { Engine, EngineName } from './engine.ts';
import type { Place } from './judge.ts';
import { Lives } from './lives.ts';
import { NatsEngine } from './nats.ts';
import type { Told } from './node.ts';
import { bundleNode, NodeProcess } from './program.ts';
import { RedisEngine } from './redis.ts';

const nodeCount = 3;
const engines = { redis: () => RedisEngine.start(), nats: () => NatsEngine.start() };

/** An engine, a proxy of faults for each node, three nodes in processes of their own, and a balancer before them. */
export class Stand {
  readonly engine: Engine;
  readonly nodes: NodeProcess[] = [];
  readonly proxies: FaultProxy[] = [];
  readonly balancer = new RoundRobin(this.nodes);
  /** Where each event stands that was accepted, by its number. */
  readonly accepted = new Map<number, Place>();
  readonly lives = new Lives();
  /** Nobody knows what became of them. */
  uncertain = 0;
  #remove: () => void = () => undefined;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async start(name: EngineName): Promise<Stand> {
    const stand = new Stand(await engines[name]());
    await stand.balancer.listen();
    const { path, remove } = await bundleNode();
    stand.#remove = remove;
    for (let count = 0; count < nodeCount; count += 1) await stand.#add(path);
    await Promise.all(stand.nodes.map((node) => node.start()));
    return stand;
  }

  get url(): string {
    return `http://127.0.0.1:${this.balancer.port}/push`;
  }

  /** Publishes at a node. @returns false when it is down. */
  publish(index: number, id: number): boolean {
    return this.nodes[index % this.nodes.length]?.publish(id, '/a') ?? false;
  }

  /** New connections of the nodes lead to another server of the engine. */
  lead(port: number): void {
    for (const proxy of this.proxies) proxy.lead(port);
  }

  async close(): Promise<void> {
    await this.balancer.close();
    await Promise.all(this.nodes.map((node) => node.end('SIGKILL')));
    for (const proxy of this.proxies) await proxy.close();
    await this.engine.close();
    this.#remove();
  }

  async #add(program: string): Promise<void> {
    const { name, server } = this.engine;
    const proxy = await FaultProxy.start(server.port);
    this.proxies.push(proxy);
    let life: string | undefined;
    const told = (message: Exclude<Told, { port: number }>): void => {
      if (!('life' in message)) {
        this.#settle(message);
        return;
      }
      this.lives.begin(message.life, life, message.at);
      life = message.life;
    };
    const begun = (): void => {
      life = undefined;
    };
    const engine = [name, `127.0.0.1:${proxy.port}`] as const;
    this.nodes.push(new NodeProcess(program, { engine, told, begun }));
  }

  #settle({ id, cursor, at }: { readonly id: number; readonly cursor?: string; readonly at: number }): void {
    const place = cursor === undefined ? undefined : parseCursor(cursor);
    if (place === undefined) {
      this.uncertain += 1;
      return;
    }
    this.accepted.set(id, { epoch: place.epoch, position: place.position, at });
    this.lives.accept(place.epoch, at);
  }
}
