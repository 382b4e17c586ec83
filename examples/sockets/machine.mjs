// What this machine can say of itself without any help: one subject each.
import os from 'node:os';

/**
 * Reads everything once.
 *
 * @returns {[subject: string, data: Record<string, string | number>][]} subject and data of each event.
 */
export function readMachine() {
  const [one = 0, five = 0, fifteen = 0] = os.loadavg();
  const { rss, heapUsed } = process.memoryUsage();
  return [
    ['/machine/clock', { time: new Date().toISOString() }],
    ['/machine/load', { one, five, fifteen, processors: os.availableParallelism() }],
    ['/machine/memory', { freeBytes: os.freemem(), totalBytes: os.totalmem() }],
    ['/machine/process', { rssBytes: rss, heapBytes: heapUsed, uptimeSeconds: Math.round(process.uptime()) }],
  ];
}
