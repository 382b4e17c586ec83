import { statfs } from 'node:fs/promises';
import { parse } from 'node:path';
import { perSecond, readText } from './files.mjs';

const SECTOR_BYTES = 512; // the unit of /proc/diskstats, whatever the disk's own sectors are

/** How full the file systems are, and how fast the disks read and write. */
export function disk() {
  let before = new Map();
  let beforeAt = performance.now();
  return {
    everyMs: 1000,
    async *read() {
      const text = await readText('/proc/diskstats');
      const at = performance.now();
      const now = parseDiskstats(text ?? '');
      const io = text === undefined ? undefined : rates(now, before, (at - beforeAt) / 1000);
      [before, beforeAt] = [now, at];
      yield { subject: '/system/disk', data: { exposed: true, volumes: await volumes(), ...(io && { io }) } };
    },
  };
}

/** The file systems on real devices, each device once, at most eight; elsewhere the one we run from. */
async function volumes() {
  const mounts = parseMounts((await readText('/proc/mounts')) ?? '');
  const places = mounts.length > 0 ? mounts : [parse(process.cwd()).root];
  const found = await Promise.all(places.slice(0, 8).map(usage));
  return found.filter((volume) => volume !== undefined && volume.total > 0);
}

async function usage(mount) {
  try {
    const { blocks, bavail, bfree, bsize } = await statfs(mount);
    return { mount, total: blocks * bsize, used: (blocks - bfree) * bsize, available: bavail * bsize };
  } catch {
    return undefined; // unmounted between the list and the question
  }
}

function parseMounts(text) {
  const byDevice = new Map();
  for (const line of text.split('\n')) {
    const [device = '', mount = ''] = line.split(' ');
    const real = device.startsWith('/dev/') && !device.startsWith('/dev/loop');
    if ((real || mount === '/') && !byDevice.has(device))
      byDevice.set(device, mount.replaceAll('\\040', ' '));
  }
  return [...byDevice.values()];
}

/** Whole disks only: the numbers of a partition are part of its disk's. */
function parseDiskstats(text) {
  const disks = new Map();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const name = words[2] ?? '';
    if (!/^([shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(name)) continue;
    disks.set(name, { read: Number(words[5]) * SECTOR_BYTES, written: Number(words[9]) * SECTOR_BYTES });
  }
  return disks;
}

function rates(now, before, seconds) {
  let reading = 0;
  let writing = 0;
  for (const [name, counters] of now) {
    const last = before.get(name) ?? counters;
    reading += perSecond(counters.read, last.read, seconds);
    writing += perSecond(counters.written, last.written, seconds);
  }
  return { reading: Math.round(reading), writing: Math.round(writing), disks: [...now.keys()] };
}
