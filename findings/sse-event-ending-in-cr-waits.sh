#!/usr/bin/env bash
# eventsource 4.1.1 and eventsource-client 1.2.0; beside them @microsoft/fetch-event-source 2.0.1 and the EventSource of undici 7.30.2.
#
# Lines of a stream of events may end in LF, CRLF or a lone CR.
# Expected: the empty line ends an event, whichever of the three it is, and the event is there at once. A LF that follows a CR in the next
#   piece is a matter of the next piece: it is passed over.
# Seen: eventsource and eventsource-client hold a CR at the end of a piece back, because a LF might follow. So an event of a
#   stream with lone CRs comes together with the next one, however long that takes: over a second here, the time until the next. The last
#   one before a connection ends never comes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/fetch-event-source@2.0.1 eventsource@4.1.1 \
  eventsource-client@1.2.0 undici@7.30.2 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import { EventSource as Undici } from 'undici';

globalThis.window = { setTimeout, clearTimeout, fetch };
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let requests = 0;
let ended = false;
const server = createServer(async (_, response) => {
  requests += 1;
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
  if (requests > 1) return;
  for (const word of ['one', 'two']) {
    response.write(`data: ${word}\r\r`);
    await pause(1500);
  }
  response.end();
  ended = true;
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const plain = (Source) => (add) => {
  const source = new Source(url);
  source.onmessage = ({ data }) => add(data);
  return () => source.close();
};
const clients = {
  'eventsource 4.1.1': plain(EventSource),
  'eventsource-client 1.2.0': (add) => {
    const source = createEventSource({ url, onMessage: ({ data }) => add(data) });
    return () => source.close();
  },
  'fetch-event-source 2.0.1': (add) => {
    const ending = new AbortController();
    const options = { signal: ending.signal, openWhenHidden: true, onmessage: ({ data }) => data !== '' && add(data) };
    void fetchEventSource(url, options).catch(() => {});
    return () => ending.abort();
  },
  'undici 7.30.2': plain(Undici),
};

let same = true;
for (const [name, connect] of Object.entries(clients)) {
  requests = 0;
  ended = false;
  const seen = [];
  const begin = performance.now();
  const close = connect((data) => seen.push(`${data} ${performance.now() - begin < 1200 ? 'at once' : 'late'}`));
  while (!ended && performance.now() - begin < 10_000) await pause(20);
  await pause(300);
  close();
  const line = seen.map((text) => (text.startsWith('two') ? 'two' : text)).join(', ');
  console.log(`${name}: ${line}`);
  same &&= line === (name.startsWith('eventsource') ? 'one late' : 'one at once, two');
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node --no-warnings run.mjs
