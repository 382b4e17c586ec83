// A crowd of readers that ask for the past at once: what it costs, and how long everything else stands still meanwhile.
import { figure, outcome, plain } from './measures.mjs';
import { connectLoad, within, withServer } from './trial.mjs';

// The generator waits so long behind the last event for one that comes twice. Units: ms.
const afterLastMs = 100;
const graceMs = 60_000;

// Where the time of the crowd goes, for --profile.
async function profiled({ profile, say }, server, run) {
  if (!profile) return await run();
  const work = server.ask('drive', { kind: 'attend', profile });
  const result = await run();
  await server.ask('halt');
  for (const line of (await work).profile) say(line);
  return result;
}

/**
 * Readers that ask for the newest events at the same moment; each must get all of them, once and in order.
 *
 * @remarks The processor time is that of connecting, too, here and in the limit.
 */
export async function resuming(context, system, { readers, events, bytes }) {
  const chosen = { ...system, options: { ...system.options, past: events } };
  return await withServer(chosen, async (server) => {
    await server.ask('preload', { events, bytes });
    const load = { connections: readers, opening: readers, grace: graceMs };
    return await profiled(context, server, () => crowd(context.generator, server, load, events));
  });
}

async function crowd(generator, server, load, events) {
  await server.ask('watchLoop');
  const before = await server.ask('cpu');
  const from = performance.now();
  const running = await connectLoad(generator, server, load);
  try {
    const account = await within(running.report(events), 2 * graceMs, 'the past');
    const tookMs = performance.now() - from - afterLastMs;
    const after = await server.ask('cpu');
    const figures = [
      figure('longest stall of the loop', 'ms', await server.ask('stall'), plain),
      figure('CPU of the crowd', 'ms', (after.cpuUs - before.cpuUs) / 1000),
      figure('until all have everything', 's', tookMs / 1000, plain),
    ];
    return outcome([{ load: account }], figures);
  } finally {
    running.stop();
  }
}
