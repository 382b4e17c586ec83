import { availableParallelism, loadavg, platform, uptime } from 'node:os';
import { notExposed, readText } from './files.mjs';

/** Load averages over 1, 5 and 15 minutes, the number of processes where Linux tells, and the uptime. */
export function load() {
  return {
    everyMs: 1000,
    async *read() {
      yield { subject: '/system/load', data: platform() === 'win32' ? withoutLoad() : await withLoad() };
    },
  };
}

const common = () => ({ cores: availableParallelism(), uptime: Math.floor(uptime()) });

function withoutLoad() {
  return { ...notExposed('Windows has no load average'), ...common() };
}

async function withLoad() {
  const [one, five, fifteen] = loadavg();
  return { exposed: true, one, five, fifteen, ...common(), ...(await processes()) };
}

/** The fourth word of /proc/loadavg is "running/all" (threads count, too). */
async function processes() {
  const counts = (await readText('/proc/loadavg'))?.split(' ')[3]?.split('/').map(Number);
  return counts?.length === 2 ? { running: counts[0], threads: counts[1] } : {};
}
