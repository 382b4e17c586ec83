import { createPureHub, type HubOptions, type Item, type Session, type Transport } from '@cometkit/core';
import { EngineModel, manualRuntime } from '@cometkit/testkit';
import type { ClusterHub, HubCluster } from '../../packages/core/src/cluster.ts';

/** Nodes of one cluster over a model of an engine, in a time of their own. */
export class Cluster {
  readonly runtime = manualRuntime();
  readonly model: EngineModel = new EngineModel({ time: () => this.runtime.wallTime() });
  readonly #options: HubOptions;
  readonly nodes: ClusterNode[] = [];

  constructor(options: HubOptions = {}) {
    this.#options = options;
  }

  async add(options: HubOptions = this.#options): Promise<ClusterNode> {
    const node = new ClusterNode(this, `node${this.nodes.length + 1}`, options);
    this.nodes.push(node);
    const started = node.cluster.start();
    await this.calm();
    await started;
    return node;
  }

  /** Lets everything happen that needs no time. */
  async calm(): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.runtime.advance(Math.min(100, left));
      for (const { hub } of this.nodes) hub.tick();
      await this.calm();
    }
  }
}

export class ClusterNode {
  readonly hub: ClusterHub;
  readonly id: string;

  constructor({ runtime, model }: Cluster, id: string, options: HubOptions) {
    this.id = id;
    this.hub = createPureHub(runtime, options, model.node(id));
  }

  get cluster(): HubCluster {
    return this.hub.cluster as HubCluster;
  }

  /** A new session, with a subscription. */
  open(pattern: string): Session {
    const session = this.hub.join();
    this.hub.subscribe(session, pattern);
    return session;
  }

  /** A session of another node. */
  adopt(session: Session, more: { start?: string; asOf?: string } = {}): Session {
    const { id, secret, principal, generation } = session;
    const subscriptions = session.subscriptions.map((one) => ({
      id: one.id,
      label: one.label,
      pattern: one.pattern,
      matching: one.matching,
      from: one.cursor,
    }));
    const start = session.cursor;
    return this.cluster.adopt({
      id,
      secret,
      principal,
      generation,
      start,
      asOf: start,
      subscriptions,
      ...more,
    });
  }
}

/** A channel that takes what comes. */
export class Channel implements Transport {
  readonly idleMs = 20_000;
  readonly items: Item[] = [];
  closed: string | undefined;
  session: Session | undefined;

  /** Opens it on a session. */
  static open(node: ClusterNode, session: Session, after?: string, generation?: number): Channel {
    const channel = new Channel();
    channel.session = session;
    node.hub.attach(session, channel, { after, generation });
    channel.wake();
    return channel;
  }

  wake(): void {
    for (let items = this.session?.take() ?? []; items.length > 0; items = this.session?.take() ?? []) {
      this.items.push(...items);
      const last = items.at(-1);
      if (last !== undefined) this.session?.ack(last.kind === 'data' ? last.position : last.to);
    }
  }

  idle(): void {}

  close(reason: string): void {
    this.closed = reason;
  }

  /** What came: the data of events, and the reasons of gaps. */
  get told(): unknown[] {
    return this.items.map((item) => (item.kind === 'data' ? item.data : item.reason));
  }
}
