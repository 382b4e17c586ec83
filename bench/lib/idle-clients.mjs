// What a client that waits holds of the server's memory, and what its coming costs.
import { connectLoad, withServer } from './trial.mjs';

async function comeAndGo(generator, server, connections) {
  const load = await connectLoad(generator, server, { connections });
  load.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/**
 * Measures idle clients of one system.
 *
 * Units: resident memory after a collection, so without the kernel's share of
 * a connection; processor time of connect, request and all that makes the client a waiting one.
 */
export function idleClients(generator, system, connections) {
  return withServer(system, async (server) => {
    // The first clients pay for the compiler. Few at a time, or what they leave free hides what the others take.
    for (let round = 0; round < 10; round += 1) await comeAndGo(generator, server, 50);
    const before = await server.ask('memory');
    const { cpuUs: from } = await server.ask('cpu');
    const load = await connectLoad(generator, server, { connections, opening: 32 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { cpuUs: to } = await server.ask('cpu');
    const after = await server.ask('memory');
    load.stop();
    return { memoryKb: (after.rss - before.rss) / 1024 / connections, joinUs: (to - from) / connections };
  });
}
