import { EngineModel } from './engine-model.ts';
import { type LocalApp, LocalNode, type StartLocalApp } from './local-node.ts';
import { RoundRobin } from './round-robin.ts';

/** Options of {@link localCluster}. */
export interface LocalClusterOptions {
  /** How many nodes. @defaultValue 3 */
  readonly nodes?: number | undefined;
  /** The engine that they share. @defaultValue one that answers at once, by the clock of this computer, and keeps 10,000 frames */
  readonly engine?: EngineModel | undefined;
}

/** Nodes of one hub in this process, as {@link localCluster} starts them. */
export interface LocalCluster<App extends LocalApp> {
  /** The address of a round robin, such as `http://127.0.0.1:40000`: every request goes to the next node that runs. */
  readonly url: string;
  readonly nodes: readonly LocalNode<App>[];
  /** The engine, which can be emptied, set back or cut off from a node. */
  readonly engine: EngineModel;
  /** Cuts the connections of all clients that came by way of {@link url}. */
  cut(): void;
  /** Ends everything. */
  close(): Promise<void>;
}

const maxFrames = 10_000;
const maxNodes = 16;

/**
 * Starts an application as several nodes of one hub, in this process and over an engine in memory, for tests of what it does when its
 * clients meet another node at every request, when a node dies, and when all are replaced by new ones.
 *
 * @example
 * ```ts
 * const cluster = await localCluster(({ cluster, server }) => {
 *   const push = comet({ cluster });
 *   server.on('request', express().use('/push', push));
 *   return push;
 * });
 * const client = createClient(`${cluster.url}/push`);
 * await cluster.nodes[0]?.kill();
 * ```
 *
 * @param start - makes the application of one node, each time that it starts.
 * @throws RangeError — `nodes` is none of 1 to 16.
 * @remarks It costs and proves what it says: one process, no network to the engine, and no engine's own accidents but those of the model.
 */
export async function localCluster<App extends LocalApp>(
  start: StartLocalApp<App>,
  options: LocalClusterOptions = {},
): Promise<LocalCluster<App>> {
  const { nodes: count = 3, engine = usualEngine() } = options;
  if (!Number.isInteger(count) || count < 1 || count > maxNodes)
    throw new RangeError(`option \`nodes\` is ${String(count)}, expected an integer from 1 to ${maxNodes}`);
  const nodes = Array.from({ length: count }, (_, index) => new LocalNode(index, engine, start));
  const balancer = new RoundRobin(nodes);
  const close = async (): Promise<void> => {
    await balancer.close();
    for (const node of nodes) await node.stop();
  };
  await balancer.listen();
  const url = `http://127.0.0.1:${balancer.port}`;
  try {
    for (const node of nodes) await node.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url, nodes, engine, cut: () => balancer.cut(), close };
}

function usualEngine(): EngineModel {
  return new EngineModel({ time: Date.now, later: (task) => void setImmediate(task), maxFrames });
}
