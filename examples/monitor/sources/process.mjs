import { monitorEventLoopDelay } from 'node:perf_hooks';
import { memoryUsage, pid, uptime } from 'node:process';

const RESOLUTION_MS = 10;

/** This server's own process: memory, how late the event loop runs, and what the hub has done so far. */
export function processSource(hubStats) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    everyMs: 1000,
    *read() {
      const { rss, heapUsed, heapTotal } = memoryUsage();
      const loop = {
        mean: lateness(delay.mean),
        p99: lateness(delay.percentile(99)),
        max: lateness(delay.max),
      };
      delay.reset();
      const data = {
        exposed: true,
        pid,
        uptime: Math.floor(uptime()),
        rss,
        heapUsed,
        heapTotal,
        loop,
        hub: hubStats(),
      };
      yield { subject: '/system/process', data };
    },
  };
}

/** The histogram holds whole turns in nanoseconds, its own sampling interval included; NaN before the first. */
function lateness(nanoseconds) {
  const late = nanoseconds / 1e6 - RESOLUTION_MS;
  return Number.isFinite(late) ? Math.max(0, Math.round(late * 100) / 100) : 0;
}
