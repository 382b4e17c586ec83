#!/usr/bin/env bash
# eventsource 4.1.1 (the last one for Node 20); beside it eventsource 5.1.5, launchdarkly-eventsource 2.2.0 and the EventSource
# of undici 7.30.2.
#
# Not every event of a stream needs an id: one that carries none belongs to the place that the last id named. A page that keeps
# `event.lastEventId` of whatever came last, to go on from there after a reload, relies on that.
# Expected: `lastEventId` of an event without an id is the last id of the stream, until an empty `id` resets it. The HTML standard,
#   "dispatch the event", initialises the attribute from the stream's last event ID string; browsers do so.
# Seen: in 4.1.1 it is the id of this very event, so '' for every event without one: who keeps the last value forgets the place
#   at the first such event, and asks for nothing or everything after a reload. The package's own reconnect sends the right
#   Last-Event-ID, so the difference shows only there. The others do as the standard says.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts eventsource@4.1.1 \
  eventsource5@npm:eventsource@5.1.5 launchdarkly-eventsource@2.2.0 undici@7.30.2 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { EventSource as Four } from 'eventsource';
import { EventSource as Five } from 'eventsource5';
import { EventSource as LaunchDarkly } from 'launchdarkly-eventsource';
import { EventSource as Undici } from 'undici';

const blocks = ['id: 5\ndata: a', 'data: b', 'id\ndata: c', 'id: 6\ndata: d', 'event: named\ndata: e'];
const askedWith = [];
const server = createServer((request, response) => {
  askedWith.push(request.headers['last-event-id']);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  // The first answer ends, so that the client comes back; the second one stays open.
  if (askedWith.length % 2 === 1) response.end(`retry: 20\n\n${blocks.join('\n\n')}\n\n`);
  else response.flushHeaders();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

async function read(EventSource) {
  askedWith.length = 0;
  const seen = [];
  const source = new EventSource(url);
  const add = ({ data, lastEventId }) => seen.push(`${data}=${JSON.stringify(lastEventId)}`);
  source.onmessage = add;
  source.addEventListener('named', add);
  source.onerror = () => {};
  for (let waited = 0; askedWith.length < 2 && waited < 10_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  source.close();
  return `${seen.join(' ')}; asks again with ${JSON.stringify(askedWith[1])}`;
}

const standard = 'a="5" b="5" c="" d="6" e="6"; asks again with "6"';
const expected = {
  'eventsource 4.1.1': [Four, 'a="5" b="" c="" d="6" e=""; asks again with "6"'],
  'eventsource 5.1.5': [Five, standard],
  'launchdarkly-eventsource 2.2.0': [LaunchDarkly, standard],
  'undici 7.30.2': [Undici, standard],
};
let same = true;
for (const [name, [EventSource, found]] of Object.entries(expected)) {
  const seen = await read(EventSource);
  console.log(`${name}: ${seen}`);
  same &&= seen === found;
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node --no-warnings run.mjs
