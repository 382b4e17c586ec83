import { freemem, totalmem } from 'node:os';
import { readText } from './files.mjs';

/** Memory in bytes. "Available" is what programs can still have: free plus caches that can be given up. */
export function memory() {
  return {
    everyMs: 1000,
    async *read() {
      const text = await readText('/proc/meminfo');
      yield { subject: '/system/memory', data: text === undefined ? fromNode() : fromMeminfo(text) };
    },
  };
}

function fromNode() {
  const total = totalmem();
  const available = freemem();
  return { exposed: true, total, available, used: total - available };
}

function fromMeminfo(text) {
  const bytes = parseMeminfo(text);
  const total = bytes.get('MemTotal') ?? totalmem();
  const available = bytes.get('MemAvailable') ?? freemem();
  const swapTotal = bytes.get('SwapTotal') ?? 0;
  return {
    exposed: true,
    total,
    available,
    used: total - available,
    cached: (bytes.get('Cached') ?? 0) + (bytes.get('Buffers') ?? 0),
    swapTotal,
    swapUsed: swapTotal - (bytes.get('SwapFree') ?? swapTotal),
  };
}

/** Lines such as "MemTotal:  8123456 kB". */
function parseMeminfo(text) {
  const values = new Map();
  for (const line of text.split('\n')) {
    const [name, rest = ''] = line.split(':');
    const kilobytes = Number.parseInt(rest, 10);
    if (Number.isFinite(kilobytes)) values.set(name, kilobytes * 1024);
  }
  return values;
}
