import { type Fault, wait } from './engine.ts';
import type { NodeProcess } from './program.ts';

async function killAndStart(node: NodeProcess, pauseMs: number): Promise<void> {
  await node.end('SIGKILL');
  await wait(pauseMs);
  await node.start();
}

/** What happens to nodes, networks and any engine without destroying anything. */
export const harmless: Readonly<Record<string, Fault>> = {
  'kill -9 of a node': ({ nodes }, random) => killAndStart(random.pick(nodes), random.integer(0, 300)),
  'kill -9 of all nodes': async ({ nodes }, random) => {
    await Promise.all(nodes.map((node) => killAndStart(node, random.integer(0, 300))));
  },
  'stopped node': ({ nodes }, random) => random.pick(nodes).stop(random.integer(200, 2500)),
  'rolling restart': async ({ nodes }) => {
    for (const node of nodes) {
      await node.end('SIGTERM');
      await node.start();
    }
  },
  'rolling restart with a drain': async ({ nodes }) => {
    for (const node of nodes) {
      await node.drain();
      await node.start();
    }
  },
  'partition of a node, told': async ({ proxies }, random) => {
    const proxy = random.pick(proxies);
    proxy.refuse();
    await wait(random.integer(100, 1500));
    proxy.open();
  },
  'partition of a node, silent': async ({ proxies }, random) => {
    const proxy = random.pick(proxies);
    proxy.silence();
    await wait(random.integer(100, 3500));
    proxy.open();
  },
  'cut between a node and the engine': async ({ proxies }, random) => random.pick(proxies).cut(),
  'answers of the engine cut off': async ({ proxies }, random) =>
    random.pick(proxies).cutAnswers(random.integer(1, 3)),
  'all clients cut': async ({ balancer }) => balancer.cut(),
  'kill -9 of the engine': async ({ engine: { server } }) => {
    await server.kill();
    await server.run();
  },
  'kill -9 of the engine and of a node': async ({ engine: { server }, nodes }, random) => {
    const node = random.pick(nodes);
    await Promise.all([server.kill(), node.end('SIGKILL')]);
    await server.run();
    await node.start();
  },
  'stopped engine': async ({ engine: { server } }, random) => {
    server.signal('SIGSTOP');
    await wait(random.integer(100, 1500));
    server.signal('SIGCONT');
  },
};

/** What destroys accepted events, whatever the engine is. */
export const destroying: Readonly<Record<string, Fault>> = {
  'kill -9 of the engine without its data': async ({ engine: { server } }) => {
    await server.kill();
    server.forget();
    await server.run();
  },
  'kill -9 of all nodes and of the engine, without its data': async ({ engine: { server }, nodes }) => {
    await Promise.all([server.kill(), ...nodes.map((node) => node.end('SIGKILL'))]);
    server.forget();
    await server.run();
    await Promise.all(nodes.map((node) => node.start()));
  },
};
