// Lets many clients of every kind come and go for a long time, and looks whether the server is afterwards as it was.
// `npm run soak -- --minutes 60 --clients 1000`: a line every ten seconds, a table at the end, exit code 1 when
// anything is left over, lost or doubled.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HoldUps, sleep, ways } from './soak/chance.mjs';
import { Client } from './soak/client.mjs';
import { faultsOf, report, table, total } from './soak/report.mjs';
import { build } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    clients: { type: 'string', default: '1000' },
    built: { type: 'boolean', default: false },
  },
});
const totalMs = Number(values.minutes) * 60_000;
const count = Number(values.clients);
// A short run shows the same in little: shorter stays, leases and memory of the log.
const short = totalMs < 120_000;
const leaseMs = short ? 2000 : 15_000;
const settings = {
  tickMs: short ? 100 : 1000,
  bulkMs: short ? 20 : 100,
  stallMs: short ? 1000 : 10_000,
  longPollWaitMs: short ? { min: 100, max: 400 } : { min: 500, max: 2000 },
  pollWaitMs: short ? { min: 200, max: 800 } : { min: 1000, max: 4000 },
  hub: { leaseMs, embryonicLeaseMs: leaseMs, heartbeatMs: leaseMs, log: { maxAgeMs: short ? 4000 : 60_000 } },
};

function startServer() {
  const file = fileURLToPath(new URL('./soak/server.mjs', import.meta.url));
  const server = fork(file, [], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, SOAK: JSON.stringify(settings) },
  });
  server.on('exit', (code) => {
    console.error(`soak: the server has ended with ${code}`);
    process.exit(1);
  });
  return server;
}

/** Waits for the next message that has a member. */
function message(server, member) {
  return new Promise((resolve) => {
    const look = (given) => {
      if (given[member] === undefined) return;
      server.off('message', look);
      resolve(given[member]);
    };
    server.on('message', look);
  });
}

function figures(server) {
  const answer = message(server, 'figures');
  server.send({});
  return answer;
}

/** Tells the server to publish, to fill the pipes while somebody has stopped to read, and at last to be silent. */
class Conductor {
  #server;
  #stalled = 0;
  #over = false;

  constructor(server) {
    this.#server = server;
    this.#tell();
  }

  /** How many readers have stopped to read. */
  get readers() {
    return this.#stalled;
  }

  /** Counts a reader that stops to read, or one that is gone. */
  stalled(change) {
    const before = this.#stalled > 0;
    this.#stalled += change;
    if (before !== this.#stalled > 0) this.#tell();
  }

  end() {
    this.#over = true;
    this.#tell();
  }

  #tell() {
    this.#server.send({ run: { publishing: !this.#over, stalled: this.#stalled > 0 } });
  }
}

async function watch(server, clients, begin) {
  let last = await figures(server);
  let lastOwn = process.cpuUsage();
  let at = performance.now();
  while (performance.now() - begin < totalMs) {
    await sleep(
      Math.min(10_000, Math.max(1000, totalMs / 4), Math.max(0, totalMs - (performance.now() - begin))),
    );
    const now = await figures(server);
    const ms = performance.now() - at;
    const own = process.cpuUsage(lastOwn);
    const cpu = { server: (now.cpuMs - last.cpuMs) / ms, clients: (own.user + own.system) / 1000 / ms };
    console.log(report((performance.now() - begin) / 1000, now, total(clients), cpu));
    [last, lastOwn, at] = [now, process.cpuUsage(), performance.now()];
  }
}

/** Lets everything go and waits as long as leases, stalls and the log may take. */
async function letGo(server, clients, lives) {
  for (const client of clients) client.stop();
  await Promise.all(lives);
  await sleep(leaseMs + settings.stallMs + settings.hub.log.maxAgeMs);
  return figures(server);
}

async function main() {
  if (!values.built && !build()) process.exit(1);
  const server = startServer();
  const troubles = [];
  server.on('message', (given) => given['trouble'] && troubles.push(given['trouble']));
  const port = await message(server, 'port');
  await sleep(500);
  const before = await figures(server);
  const conductor = new Conductor(server);
  const world = {
    origin: `http://127.0.0.1:${port}`,
    stayMs: short ? { min: 300, max: 2500 } : { min: 3000, max: 40_000 },
    leaseMs,
    holdUps: new HoldUps(),
    awayMs: leaseMs / 3,
    mayStall: () => conductor.readers < Math.max(4, count / 100),
    stallMs: settings.stallMs * 3,
    stalled: (change) => conductor.stalled(change),
  };
  const clients = Array.from({ length: count }, (_, index) => new Client(world, ways[index % ways.length]));
  const begin = performance.now();
  const lives = clients.map((client) => client.live());
  await watch(server, clients, begin);
  conductor.end();
  const after = await letGo(server, clients, lives);
  console.log(table(before, after, clients));
  const faults = [...faultsOf(before, after, clients), ...troubles];
  for (const fault of faults) console.log(`soak: ${fault}`);
  const { received, sessions } = total(clients);
  console.log(
    faults.length > 0
      ? 'soak: failed'
      : `soak: ok, ${received} events in ${sessions} sessions of ${count} clients`,
  );
  process.exit(faults.length > 0 ? 1 : 0);
}

await main();
