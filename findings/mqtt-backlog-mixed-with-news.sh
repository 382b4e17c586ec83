#!/usr/bin/env bash
# aedes 1.2.0 with mqtt 5.16.0 (MQTT.js).
#
# A reader with a session that the broker keeps (`clean: false`, QoS 1) is cut off for a moment. One publisher publishes 450 numbered messages to
# one topic, each after the last was acknowledged; the reader comes back while it does.
# Expected: what waited for the reader comes first, then what is new: MQTT promises the order of one publisher on one topic.
# Seen: nothing is missing, and the new messages come between those that waited: the numbers go back some sixty times. What helps is a
#   number of one's own, and to sort.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts aedes@1.2.0 mqtt@5.16.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `mqtt://127.0.0.1:${server.address().port}`;

const numbers = [];
const reader = mqtt.connect(url, { clientId: 'reader', clean: false, reconnectPeriod: 200 });
reader.on('message', (_topic, message) => numbers.push(Number(message)));
await once(reader, 'connect');
await reader.subscribeAsync('news', { qos: 1 });
const publisher = mqtt.connect(url, { clientId: 'publisher' });
await once(publisher, 'connect');

let back = false;
reader.stream.destroy();
reader.once('connect', () => (back = true));
await pause(20);
const amount = 450;
for (let number = 0; number < amount; number += 1) {
  await publisher.publishAsync('news', String(number), { qos: 1 });
  // The first hundred wait for the reader; the others come while it comes.
  if (number >= 100 && !back) await pause(5);
}
await pause(1500);
const missing = amount - new Set(numbers).size;
const steps = numbers.filter((number, index) => index > 0 && number < numbers[index - 1]).length;
console.log(`of ${amount}: ${missing} missing, the number goes back ${steps} times`);
const same = missing === 0 && steps > 20;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
