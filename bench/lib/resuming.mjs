// A crowd of readers that ask for the past at once: what it costs, and how long everything else stands still meanwhile.
import { figure, outcome, plain } from './measures.mjs';
import { connectLoad, sleep, within, withServer } from './trial.mjs';

// The generator waits so long behind the last event for one that comes twice. Units: ms.
const afterLastMs = 100;
const graceMs = 60_000;
// Crowds before the one of a warm server; the compiler has done most of its work after them.
const warmUps = 2;
const goneMs = 500;

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
 * @remarks The processor time is that of connecting, too, here and in the limit. The first crowd meets a server that has served nobody
 *   yet; the last one comes when others have been there before.
 */
export async function resuming(context, system, { readers, events, bytes }) {
  const chosen = { ...system, options: { ...system.options, past: events } };
  return await withServer(chosen, async (server) => {
    await server.ask('preload', { events, bytes });
    const load = { connections: readers, opening: readers, grace: graceMs };
    const come = () => crowd(context.generator, server, load, events);
    const first = await profiled(context, server, come);
    let last = first;
    for (let count = 0; count < warmUps; count += 1) {
      await sleep(goneMs);
      last = await come();
    }
    return outcome(
      [first, last],
      [
        figure('longest stall of the loop', 'ms', first.stall.wallMs, plain),
        figure('longest turn, processor time', 'ms', first.stall.cpuMs, plain),
        figure('CPU of the crowd', 'ms', first.cpuMs),
        figure('the same when warm', 'ms', last.cpuMs),
        figure('longest turn when warm', 'ms', last.stall.cpuMs, plain),
        figure('until all have everything', 's', first.tookMs / 1000, plain),
      ],
    );
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
    return {
      load: account,
      tookMs,
      cpuMs: (after.cpuUs - before.cpuUs) / 1000,
      stall: await server.ask('stall'),
    };
  } finally {
    running.stop();
  }
}
