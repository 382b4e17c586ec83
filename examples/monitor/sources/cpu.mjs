import { cpus } from 'node:os';
import { notExposed } from './files.mjs';

/** Busy share of every core since the reading before, in percent. */
export function cpu() {
  let before = cpus();
  return {
    everyMs: 1000,
    *read() {
      const now = cpus();
      // A core can be switched off or on while we watch: then only those known twice are compared.
      const cores = now.map((core, index) => share(core.times, before[index]?.times ?? core.times));
      before = now;
      yield {
        subject: '/system/cpu',
        data: cores.length > 0 ? summary(cores) : notExposed('os.cpus() is empty'),
      };
    },
  };
}

/** Shares of one core: how much of the time it was busy, and how much of that in the kernel. */
function share(now, before) {
  const idle = now.idle - before.idle;
  const system = now.sys - before.sys + (now.irq - before.irq);
  const busy = now.user - before.user + (now.nice - before.nice) + system;
  const total = busy + idle;
  return total > 0 ? { busy: (100 * busy) / total, system: (100 * system) / total } : { busy: 0, system: 0 };
}

function summary(cores) {
  return {
    exposed: true,
    busy: round(mean(cores.map((core) => core.busy))),
    system: round(mean(cores.map((core) => core.system))),
    cores: cores.map((core) => round(core.busy)),
  };
}

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const round = (percent) => Math.round(percent * 10) / 10;
