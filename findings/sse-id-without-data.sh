#!/usr/bin/env bash
# eventsource-client 1.2.0, launchdarkly-eventsource 2.2.0, eventsource 4.1.1 (the last one for Node 20; 5.1.5 does as
# the standard says); beside them the EventSource of undici 7.30.2.
#
# A server may send a block that has only an id, `id: 9` and a blank line, to move a client's place forward without an
# event: past what was filtered out for it, or as a heartbeat that counts.
# Expected: the next connection asks with Last-Event-ID: 9. The HTML standard, "dispatch the event", sets the last event
#   ID string before it looks whether there are any data, and browsers do so.
# Seen: three packages forget the id of a block without data and ask with the id of the last event that had some, so that
#   the server repeats everything since then; undici asks with 9. No error, no notice: the client looks well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  eventsource@4.1.1 eventsource-client@1.2.0 launchdarkly-eventsource@2.2.0 undici@7.30.2 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { EventSource as Package } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import { EventSource as LaunchDarkly } from 'launchdarkly-eventsource';
import { EventSource as Undici } from 'undici';

process.on('warning', () => {});

// Answers the id that the second connection names.
async function secondId(open) {
  let connections = 0;
  const server = createServer();
  const asked = new Promise((resolve) => {
    server.on('request', (request, response) => {
      connections += 1;
      if (connections === 2) resolve(request.headers['last-event-id']);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('retry: 50\n\nid: 1\ndata: an event\n\n');
      setTimeout(() => response.write('id: 9\n\n'), 50);
      setTimeout(() => response.end(), 100);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = open(`http://127.0.0.1:${server.address().port}/`);
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'no second connection'));
  const id = await Promise.race([asked, late]);
  client.close();
  server.closeAllConnections();
  server.close();
  return id;
}

const standard = (EventSource) => (url) => Object.assign(new EventSource(url), { onerror() {} });
const seen = {
  eventsource: await secondId(standard(Package)),
  'eventsource-client': await secondId((url) => createEventSource({ url, onMessage() {} })),
  'launchdarkly-eventsource': await secondId(standard(LaunchDarkly)),
  undici: await secondId(standard(Undici)),
};
console.log('sent: id 1 with data, id 9 without; Last-Event-ID of the next connection:');
console.log(seen);
const forgetful = ['eventsource', 'eventsource-client', 'launchdarkly-eventsource'];
const same = forgetful.every((name) => seen[name] === '1') && seen.undici === '9';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node --no-warnings run.mjs
