#!/usr/bin/env bash
# eventsource 4.1.1, eventsource-client 1.2.0, launchdarkly-eventsource 2.2.0, event-source-plus 0.1.15, @microsoft/fetch-event-source 2.0.1
# and the EventSource of undici 7.30.2; beside them eventsource 5.1.5.
#
# A page closes its source at a certain event: the user has logged out, the job is done, the room was left. After a reconnect or
# a busy second that event comes in one piece with the next ones.
# Expected: nothing after `close()`. The HTML standard, "dispatch the event", says not to dispatch once `readyState` is CLOSED; Chromium
#   and eventsource 5.1.5 do so.
# Seen: in six packages all other events of the piece are handed over to the listener that has closed the source, with `readyState` 2
#   or an aborted signal. A job that closes at "done" sees what came behind it, a room that was left goes on speaking.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts eventsource@4.1.1 eventsource5@npm:eventsource@5.1.5 \
  eventsource-client@1.2.0 launchdarkly-eventsource@2.2.0 event-source-plus@0.1.15 @microsoft/fetch-event-source@2.0.1 \
  undici@7.30.2 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource as Four } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import { EventSourcePlus } from 'event-source-plus';
import { EventSource as Five } from 'eventsource5';
import { EventSource as LaunchDarkly } from 'launchdarkly-eventsource';
import { EventSource as Undici } from 'undici';

// What a package for pages touches of them.
globalThis.window = { setTimeout, clearTimeout, fetch };
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: one\n\ndata: done\n\ndata: three\n\ndata: four\n\n');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

// Each calls `add` with the data, the way to close, and the way to see that it is closed.
const standard = (Source) => (add) => {
  const source = new Source(url);
  source.onmessage = ({ data }) => add(data, () => source.close(), () => source.readyState === 2);
};
const clients = {
  'eventsource 4.1.1': standard(Four),
  'eventsource-client 1.2.0': (add) => {
    const onMessage = ({ data }) => add(data, () => source.close(), () => source.readyState === 'closed');
    const source = createEventSource({ url, onMessage });
  },
  'launchdarkly-eventsource 2.2.0': standard(LaunchDarkly),
  'event-source-plus 0.1.15': (add) => {
    const onMessage = ({ data }) => add(data, () => controller.abort(), () => controller.signal.aborted);
    const controller = new EventSourcePlus(url).listen({ onMessage });
  },
  'fetch-event-source 2.0.1': (add) => {
    const ending = new AbortController();
    const onmessage = ({ data }) => add(data, () => ending.abort(), () => ending.signal.aborted);
    void fetchEventSource(url, { signal: ending.signal, openWhenHidden: true, onmessage }).catch(() => {});
  },
  'undici 7.30.2': standard(Undici),
  'eventsource 5.1.5': standard(Five),
};

let same = true;
for (const [name, open] of Object.entries(clients)) {
  const seen = [];
  open((data, close, closed) => {
    seen.push(closed() ? `${data} (closed)` : data);
    if (data === 'done') close();
  });
  for (let waited = 0; seen.length < 2 && waited < 10_000; waited += 20) await pause(20);
  await pause(500);
  const line = seen.join(', ');
  console.log(`${name}: ${line}`);
  same &&= line === (name.endsWith('5.1.5') ? 'one, done' : 'one, done, three (closed), four (closed)');
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node --no-warnings run.mjs
