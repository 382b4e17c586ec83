/** How much the heap may have grown after everything was let go, garbage collected. Units: bytes. */
const heapBound = 8 * 1024 * 1024;

/** The sums over all clients. */
export function total(clients) {
  const sums = {
    received: 0,
    missing: 0,
    duplicates: 0,
    gaps: 0,
    sessions: 0,
    stalls: 0,
    givenUp: 0,
    late: 0,
  };
  for (const { tally, sessions, stalls, givenUp, late } of clients) {
    sums.received += tally.received;
    sums.missing += tally.missing;
    sums.duplicates += tally.duplicates;
    sums.gaps += tally.gaps;
    sums.sessions += sessions;
    sums.stalls += stalls;
    sums.givenUp += givenUp;
    sums.late += late;
  }
  return sums;
}

const mib = (bytes) => `${(bytes / 1048576).toFixed(1)} MiB`;
const percent = (share) => `${Math.round(share * 100)} %`;

/** The line of one interval. */
export function report(seconds, { held, heapUsed, rss }, sums, { server, clients }) {
  return [
    `${String(Math.round(seconds)).padStart(5)} s`,
    `sessions ${held.sessions}`,
    `sockets ${held.sockets}`,
    `timers ${held.timers}`,
    `rss ${mib(rss)}`,
    `heap ${mib(heapUsed)}`,
    `events ${sums.received}`,
    `missing ${sums.missing}`,
    `duplicates ${sums.duplicates}`,
    `gaps told ${sums.gaps}`,
    `cpu ${percent(server)} server, ${percent(clients)} clients`,
  ].join('  ');
}

/** The table of what the server held before and after, and of what each kind of client has got. */
export function table(before, after, clients) {
  const lines = ['', 'held by the server      before     after'];
  const row = (name, from, to) => `${name.padEnd(20)}${String(from).padStart(10)}${String(to).padStart(10)}`;
  for (const name of Object.keys(before.held)) lines.push(row(name, before.held[name], after.held[name]));
  lines.push(row('heap, collected', mib(before.heapUsed), mib(after.heapUsed)));
  lines.push(row('rss', mib(before.rss), mib(after.rss)));
  lines.push('', 'client       sessions    events   missing duplicates worst client');
  for (const [name, group] of Object.entries(groups(clients))) {
    const { sessions, received, missing, duplicates } = total(group);
    const worst = Math.max(...group.map(({ tally }) => tally.missing + tally.duplicates));
    const cells = [sessions, received, missing, duplicates, worst].map((cell) => String(cell).padStart(10));
    lines.push(name.padEnd(11) + cells.join(''));
  }
  const { stalls, givenUp, late } = total(clients);
  lines.push('', `${stalls} times a client stopped to read; ${givenUp} times the server gave it up`);
  lines.push(`${late} times a client came too late, since the machine held it up`);
  return `${lines.join('\n')}\n`;
}

function groups(clients) {
  const found = {};
  for (const client of clients) {
    found[client.way] ??= [];
    found[client.way].push(client);
  }
  return found;
}

/** What is wrong, a sentence each; nothing when all is as it was. */
export function faultsOf(before, after, clients) {
  const faults = [];
  for (const [name, value] of Object.entries(before.held)) {
    if (after.held[name] !== value) faults.push(`${name} were ${value} and are ${after.held[name]}`);
  }
  const growth = after.heapUsed - before.heapUsed;
  if (growth > heapBound) faults.push(`the heap has grown by ${mib(growth)}, more than ${mib(heapBound)}`);
  const { missing, duplicates, received } = total(clients);
  if (missing > 0) faults.push(`${missing} events are missing without a gap`);
  if (duplicates > 0) faults.push(`${duplicates} events came twice`);
  if (received === 0) faults.push('no client got anything');
  const troubles = new Map();
  for (const trouble of clients.flatMap((client) => client.troubles)) {
    troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
  }
  for (const [trouble, times] of troubles) faults.push(`${times} × ${trouble}`);
  return faults;
}
