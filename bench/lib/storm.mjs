// Everybody comes back at once, as after a restart: what a join costs then, and what those notice who are there already.
import { figure, outcome, plain } from './measures.mjs';
import { connectLoad, sleep, within, withServer } from './trial.mjs';

// What the kernel keeps of connections that wait to be accepted; one more is refused, and comes again a second later.
const atOnce = 4000;
const warmUpMs = 1000;
const settleMs = 200;

// Not on the subject of those that are there: their events are not to be paid for.
function elsewhere(client) {
  return JSON.parse(JSON.stringify(client).replaceAll('<<s>>', 'storm'));
}

/** Lets clients come to a new server, at most `opening` at a time. Units: µs of its processor time for each. */
async function come(generator, system, connections, opening) {
  return await withServer(system, async (server) => {
    const before = await server.ask('cpu');
    const from = performance.now();
    const running = await connectLoad(generator, server, { connections, opening });
    const tookMs = performance.now() - from;
    try {
      await sleep(settleMs);
      const after = await server.ask('cpu');
      return { cpuUs: (after.cpuUs - before.cpuUs) / connections, tookMs };
    } finally {
      running.stop();
    }
  });
}

/**
 * The account of clients that were there, of the time in which the others come, and the longest turn of the loop in it, in ms of
 * processor time: what is in their latency on a machine with nothing else to do.
 */
async function disturbed(generator, system, { clients, bystanders, rate }) {
  return await withServer(system, async (server) => {
    const running = await connectLoad(generator, server, { connections: bystanders });
    try {
      const work = server.ask('drive', { kind: 'throughout', rate, warmUpMs });
      // When the storm fails, that is what is told.
      work.catch(() => undefined);
      await sleep(warmUpMs + 2000 / rate);
      const crowd = { ...server, control: 0, client: elsewhere(server.client) };
      const load = { connections: clients, opening: Math.min(atOnce, clients) };
      await server.ask('watchLoop');
      const storm = await connectLoad(generator, crowd, load);
      const { cpuMs } = await server.ask('stall');
      await server.ask('halt');
      const { last } = await within(work, 30_000, 'publishing');
      const account = await within(running.report(last), 30_000, 'the account');
      storm.stop();
      return { account, cpuMs };
    } finally {
      running.stop();
    }
  });
}

/** Clients that come together, the same one by one, and together while others are served. */
export async function storm(context, system, { clients, ...others }) {
  const together = await come(context.generator, system, clients, Math.min(atOnce, clients));
  const single = await come(context.generator, system, clients, 1);
  const { account: load, cpuMs } = await disturbed(context.generator, system, { clients, ...others });
  const { p99, max } = load.latencyUs;
  const figures = [
    figure('CPU together / one by one', '×', together.cpuUs / single.cpuUs, plain),
    figure('CPU of each, together', 'µs', together.cpuUs),
    figure('until all are back', 's', together.tookMs / 1000, plain),
    figure('latency of the others, p99', 'ms', p99 / 1000, plain),
    figure('latency of the others, longest', 'ms', max / 1000, plain),
    figure('longest turn, processor time', 'ms', cpuMs, plain),
  ];
  return outcome([{ load }], figures);
}
