#!/usr/bin/env bash
# ioredis 6.0.0 with redis-server 7.0.15 (Debian 12), enableAutoPipelining on.
#
# A server writes an event and then, in a transaction or a pipeline of its own, the state that belongs to it, or rings a doorbell. The calls
# are made one after the other on one client, without waiting between them, as one connection carries commands in order.
# Expected: the option joins what is called in one tick to fewer packets, and the order stays.
# Seen: single commands wait for the end of the tick, while multi() and pipeline() are sent at once: they overtake every single command that
#   was called before them in the tick. Redis runs the transaction first, so a doorbell rings before the event is there, and a
#   transaction that reads what was just written gets the old value. With the option off the order is that of the calls.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'redis-server=5:7.0.15*' 'redis-tools=5:7.0.15*' libatomic1 libjemalloc2 liblzf1 &&
  for package in *.deb; do dpkg -x "$package" .; done) > apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find . -name 'liblzf.so.1')")
export LD_LIBRARY_PATH
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { Redis } from 'ioredis';

// A socket file instead of a port: nobody else can be there.
const server = spawn('usr/bin/redis-server', ['--port', '0', '--unixsocket', 'redis.sock', '--save', ''], { stdio: 'ignore' });
process.on('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));

const second = {
  command: (redis) => redis.rpush('order', 'second'),
  'pipeline()': (redis) => redis.pipeline().rpush('order', 'second').exec(),
  'multi()': (redis) => redis.multi().rpush('order', 'second').exec(),
};

// What stands in the list after a command and one of these were called in one tick, and what a transaction reads behind a write.
async function run(enableAutoPipelining) {
  const redis = new Redis({ path: `${process.cwd()}/redis.sock`, enableAutoPipelining, retryStrategy: () => 100 });
  redis.on('error', () => {});
  while (redis.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));
  const seen = {};
  for (const [name, call] of Object.entries(second)) {
    await redis.del('order');
    await Promise.all([redis.rpush('order', 'first'), call(redis)]);
    seen[name] = (await redis.lrange('order', 0, -1)).join(' ');
  }
  await redis.set('state', 'old');
  const [, [[, read]]] = await Promise.all([redis.set('state', 'new'), redis.multi().get('state').exec()]);
  seen['multi() reads'] = read;
  redis.disconnect();
  return seen;
}

const off = await run(false);
const on = await run(true);
console.log('called: first, then second');
console.log({ off, on });
const found = (order, read) =>
  JSON.stringify({ command: 'first second', 'pipeline()': order, 'multi()': order, 'multi() reads': read });
const same = JSON.stringify(off) === found('first second', 'new') && JSON.stringify(on) === found('second first', 'old');
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/bin/redis-server --version
timeout 60 node run.mjs
