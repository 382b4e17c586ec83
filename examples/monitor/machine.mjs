import { arch, cpus, hostname, platform, release, totalmem, uptime } from 'node:os';
import { listDevices } from './sources/devices.mjs';

/** What does not change from second to second: the page asks for it once. All times in milliseconds. */
export async function machine() {
  return {
    now: Date.now(),
    hostname: hostname(),
    platform: platform(),
    release: release(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memory: totalmem(),
    uptime: uptime() * 1000,
    node: process.version,
    devices: [...(await listDevices()).values()],
  };
}
