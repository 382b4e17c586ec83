import { notExposed, perSecond, readText } from './files.mjs';

/** Bytes and packets of every network interface, with rates since the reading before. */
export function network() {
  let before = new Map();
  let beforeAt = performance.now();
  return {
    everyMs: 1000,
    async *read() {
      const text = await readText('/proc/net/dev');
      const at = performance.now();
      const now = parseNetDev(text ?? '');
      const data =
        text === undefined ? notExposed('no /proc/net/dev') : summary(now, before, (at - beforeAt) / 1000);
      [before, beforeAt] = [now, at];
      yield { subject: '/system/network', data };
    },
  };
}

function summary(now, before, seconds) {
  const interfaces = [...now].map(([name, counters]) =>
    withRates(name, counters, before.get(name) ?? counters, seconds),
  );
  // The loopback would count what this page itself fetches from the same machine.
  const outside = interfaces.filter((entry) => entry.name !== 'lo');
  return {
    exposed: true,
    receiving: sum(outside, 'receiving'),
    sending: sum(outside, 'sending'),
    interfaces,
  };
}

function withRates(name, now, before, seconds) {
  return {
    name,
    received: now.received,
    sent: now.sent,
    errors: now.errors,
    receiving: Math.round(perSecond(now.received, before.received, seconds)),
    sending: Math.round(perSecond(now.sent, before.sent, seconds)),
  };
}

/** Two lines of headings, then "name: 8 numbers of receiving, 8 of sending". */
function parseNetDev(text) {
  const interfaces = new Map();
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (colon === -1) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [received, , receiveErrors] = numbers;
    interfaces.set(line.slice(0, colon).trim(), {
      received,
      sent: numbers[8],
      errors: receiveErrors + numbers[10],
    });
  }
  return interfaces;
}

const sum = (entries, field) => entries.reduce((total, entry) => total + entry[field], 0);
