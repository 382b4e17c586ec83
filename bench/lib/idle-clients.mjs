// What a client that waits holds of the server's memory, and what its coming costs.
import { connectLoad, withServer } from './trial.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function comeAndGo(generator, server, connections) {
  const load = await connectLoad(generator, server, { connections });
  load.stop();
  await pause(100);
}

/** Lets clients come. Units: `cpuUs` of the server's processor time each; call `stop` to let them go. */
async function come(generator, server, connections) {
  const { cpuUs: from } = await server.ask('cpu');
  const load = await connectLoad(generator, server, { connections, opening: 32 });
  await pause(200);
  const { cpuUs: to } = await server.ask('cpu');
  return { cpuUs: (to - from) / connections, stop: () => load.stop() };
}

/**
 * Measures idle clients of one system.
 *
 * Units: resident memory after a collection, so without the kernel's share of
 * a connection (`keptKb`: without V8's nursery, which has grown meanwhile and is empty); processor time of connect, request and all that makes the client a waiting one, in a process that is new
 * and in one that has seen thousands.
 */
export function idleClients(generator, system, connections) {
  return withServer(system, async (server) => {
    // The first clients pay for the compiler. Few at a time, or what they leave free hides what the others take.
    for (let round = 0; round < 10; round += 1) await comeAndGo(generator, server, 50);
    const before = await server.ask('memory');
    const first = await come(generator, server, connections);
    const after = await server.ask('memory');
    first.stop();
    // A server that has been up for a while has compiled all of this.
    for (let round = 0; round < 30; round += 1) await comeAndGo(generator, server, 50);
    const later = await come(generator, server, connections);
    later.stop();
    const each = (bytes) => bytes / 1024 / connections;
    const memoryKb = each(after.rss - before.rss);
    const keptKb = memoryKb - each(after.nursery - before.nursery);
    return { memoryKb, keptKb, joinUs: first.cpuUs, laterUs: later.cpuUs };
  });
}
