#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12) with @nats-io/transport-node and @nats-io/jetstream 3.4.0.
#
# A worker takes messages from `consume()` one by one, needs 100 ms for each and acknowledges it at once. `ack_wait` is 1.5 s, fifteen times
# what a message needs. (By default it is 30 s, and consume() fetches 100 messages: the same with a worker that needs 0.4 s.)
# Expected: each of the 40 messages is handled once, in order: none of them is late.
# Seen: the time runs from the moment the server sends a message, and consume() has fetched all of them. What waits in the client for its turn for
#   longer than `ack_wait` is sent again and queues up a second time behind the rest: the worker handles dozens of messages twice, out
#   of order, though it acknowledged every one in time and nothing ever failed. The more it is behind, the more it gets to do. With
#   `max_messages` no larger than what fits into `ack_wait` each is handled once.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nats-server=2.9.10*' && dpkg -x nats-server_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 ||
  { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const args = ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', 'store', '--ports_file_dir', '.'];
const server = spawn('usr/sbin/nats-server', args, { stdio: 'ignore' });
process.on('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));

let address;
while (address === undefined) {
  await sleep(100);
  try {
    [address] = JSON.parse(readFileSync(`nats-server_${server.pid}.ports`, 'utf8')).nats;
  } catch {}
}
const connection = await connect({ servers: address });
const manager = await jetstreamManager(connection);
const count = 40;
await manager.streams.add({ name: 'S', subjects: ['s'] });
for (let number = 1; number <= count; number += 1) await jetstream(connection).publish('s', `${number}`);

// Works until nothing has come for 2.5 s.
async function work(name, options) {
  await manager.consumers.add('S', { durable_name: name, ack_policy: 'explicit', ack_wait: 1.5e9 });
  const messages = await (await jetstream(connection).consumers.get('S', name)).consume(options);
  const handled = [];
  let slowest = 0;
  let idle = setTimeout(() => messages.stop(), 10_000);
  for await (const message of messages) {
    clearTimeout(idle);
    const from = performance.now();
    await sleep(100);
    message.ack();
    handled.push(message.seq);
    slowest = Math.max(slowest, performance.now() - from);
    idle = setTimeout(() => messages.stop(), 2500);
  }
  const twice = handled.length - new Set(handled).size;
  const ordered = handled.every((sequence, index) => index === 0 || sequence > handled[index - 1]);
  console.log(
    `${name}: ${new Set(handled).size} messages handled, ${twice} times once more, ${ordered ? 'in order' : 'out of order'};`,
    `the slowest was acknowledged after ${Math.round(slowest)} ms`,
  );
  return { complete: new Set(handled).size === count, twice, ordered, inTime: slowest < 1500 };
}

const [plain, few] = await Promise.all([work('consume', {}), work('consume-at-most-5', { max_messages: 5 })]);
const right = few.complete && few.twice === 0 && few.ordered;
const same = plain.complete && plain.inTime && plain.twice >= 10 && !plain.ordered && right;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nats-server --version
timeout 60 node run.mjs
