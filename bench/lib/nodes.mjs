// Several nodes of one system and the engine between them. What it all costs is counted apart: nodes here, engine there.
import { meterOf } from '../host/meter.mjs';
import { startEngine } from './engine.mjs';
import { startServer } from './server.mjs';

/** Gives `use` so many nodes of a system and their engine, and ends them afterwards. A system without an engine is one node. */
export async function withNodes({ url, engine: kind }, count, use) {
  const engine = kind && (await startEngine(kind));
  const nodes = [];
  try {
    const options = engine ? { engine: { kind, url: engine.url } } : {};
    for (let at = 0; at < (engine ? count : 1); at += 1) nodes.push(await startServer({ url, options }));
    return await use(nodes, engine);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await engine?.stop();
  }
}

/** What the generator has to know: it listens on the last node, and is told by the first, which publishes. */
export function seenByLoad(nodes) {
  const [first, last] = [nodes[0], nodes.at(-1)];
  return { port: last.port, client: last.client, control: first.control };
}

/** The processor time that nodes and engine have taken until now. Units: µs. */
export async function spentBy(nodes, engine) {
  const times = await Promise.all(nodes.map((node) => node.ask('cpu')));
  const nodesUs = times.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
  return { nodesUs, engineUs: engine ? meterOf(engine).cpu().cpuUs : 0 };
}
