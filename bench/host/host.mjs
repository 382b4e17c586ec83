// The process of a server under test: loads one system and obeys the runner over the IPC channel.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openControl } from './control.mjs';
import { drive, preload } from './drive.mjs';
import { meterOf } from './meter.mjs';
import { profiled } from './profile.mjs';

// Resident memory means something only after a collection.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const [modulePath, options] = process.argv.slice(2);
const control = await openControl();
const halt = { asked: false };
// One sample a millisecond: what it tells is too long by at most that.
const delay = monitorEventLoopDelay({ resolution: 1 });
const turns = { timer: undefined, before: undefined, longestUs: 0 };
let system;

// The longest turn in processor time, in which the waits for a busy machine are not: looked at from a timer of each millisecond.
function watchTurns() {
  const spent = () => {
    const { user, system: inKernel } = process.cpuUsage();
    return user + inKernel;
  };
  clearInterval(turns.timer);
  turns.longestUs = 0;
  turns.before = spent();
  turns.timer = setInterval(() => {
    const now = spent();
    turns.longestUs = Math.max(turns.longestUs, now - turns.before);
    turns.before = now;
  }, 1);
}

async function settle() {
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const commands = {
  async start() {
    const { start } = await import(modulePath);
    system = await start(JSON.parse(options));
    return { port: system.port, control: control.port, client: system.client };
  },
  drive(plan) {
    halt.asked = false;
    const run = () => drive(system, control, plan, halt);
    return plan.profile ? profiled(run) : run();
  },
  /** Ends what is driven without an end of its own. */
  halt() {
    halt.asked = true;
  },
  preload: (what) => preload(system, what),
  /** Begins to watch for stalls of the loop. */
  watchLoop() {
    delay.enable();
    delay.reset();
    watchTurns();
  },
  /** The longest stall since then, and the longest turn in processor time. Units: ms. */
  stall() {
    delay.disable();
    clearInterval(turns.timer);
    return { wallMs: delay.max / 1e6, cpuMs: turns.longestUs / 1000 };
  },
  async memory() {
    await settle();
    return meterOf(system).memory();
  },
  cpu: () => meterOf(system).cpu(),
  stats: () => system.stats?.() ?? {},
};

process.on('message', async ({ id, command, argument }) => {
  try {
    process.send({ id, result: await commands[command](argument) });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : `${error}` });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ id: 0, result: 'ready' });
