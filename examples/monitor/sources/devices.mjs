import { networkInterfaces } from 'node:os';
import { listNames, readNumber, readText } from './files.mjs';

const SECTOR_BYTES = 512; // the unit of /sys/block/*/size

/** The devices that can come and go, by key: Map of "block/sda" → { kind, name, state }. */
export async function listDevices() {
  const devices = [...(await blockDevices()), ...(await interfaces())];
  return new Map(devices.map((device) => [`${device.kind}/${device.name}`, device]));
}

/** Block devices; a card reader or a loop device without a medium has the size 0. */
async function blockDevices() {
  const names = await listNames('/sys/block');
  return Promise.all(names.map(async (name) => ({ kind: 'block', name, state: await blockState(name) })));
}

async function blockState(name) {
  const sectors = await readNumber(`/sys/block/${name}/size`);
  return sectors ? `${formatBytes(sectors * SECTOR_BYTES)}` : 'no medium';
}

/** Network interfaces: all that Linux knows, elsewhere those that have an address. */
async function interfaces() {
  const addresses = networkInterfaces();
  const names = new Set([...(await listNames('/sys/class/net')), ...Object.keys(addresses)]);
  return Promise.all(
    [...names].map(async (name) => ({ kind: 'net', name, state: await netState(name, addresses[name]) })),
  );
}

async function netState(name, addresses = []) {
  const link = await readText(`/sys/class/net/${name}/operstate`);
  const ip = addresses.find((entry) => !entry.internal && entry.family === 'IPv4')?.address;
  return [link === 'unknown' ? undefined : link, ip].filter(Boolean).join(' · ') || 'up';
}

function formatBytes(bytes) {
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}
