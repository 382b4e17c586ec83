#!/usr/bin/env bash
# launchdarkly-eventsource 2.2.0, eventsource 4.1.1, eventsource-client 1.2.0, event-source-plus 0.1.15 and @microsoft/fetch-event-source 2.0.1;
# beside them eventsource 5.1.5 and the EventSource of undici 7.30.2.
#
# A listener throws at one event (a field that it does not expect). The process goes on, as with every tracker of errors that listens to
# 'uncaughtException'. The stream itself is well, with a comment every half second as a heartbeat.
# Expected: the error is reported, and the next event comes. Browsers do so.
# Seen: five packages take the listener's error for one of the connection: they drop it and ask again. A server that keeps no events sends the
#   same ones first, so it goes round for ever, as fast as the delay allows, and nothing behind that event is ever handed over; with a
#   server that resumes, the event counts as received. Two of the five say nothing to any handler of errors. launchdarkly-eventsource
#   first hands the event over once more with the next piece that arrives, a heartbeat, and holds back what is behind it until the
#   piece after that breaks the connection.
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
const words = ['one', 'two', 'three'];
const requests = new Map();
const server = createServer(async (request, response) => {
  requests.set(request.url, (requests.get(request.url) ?? 0) + 1);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const past = request.url.startsWith('/resumes') ? Number(request.headers['last-event-id'] ?? 0) : 0;
  const events = words.map((word, index) => `id: ${index + 1}\ndata: ${word}\n\n`).slice(past);
  response.write(`retry: 100\n\n${events.join('')}`);
  while (!response.destroyed) {
    await pause(500);
    response.write(': heartbeat\n\n');
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const standard = (Source) => (url, add, fail) => {
  const source = new Source(url);
  source.onmessage = ({ data }) => add(data);
  source.onerror = fail;
  return () => source.close();
};
const clients = {
  'launchdarkly-eventsource 2.2.0': standard(LaunchDarkly),
  'eventsource 4.1.1': standard(Four),
  'eventsource-client 1.2.0': (url, add) => {
    const source = createEventSource({ url, onMessage: ({ data }) => add(data) });
    return () => source.close();
  },
  'event-source-plus 0.1.15': (url, add, fail) => {
    const onMessage = ({ data }) => data !== '' && add(data);
    const controller = new EventSourcePlus(url).listen({ onMessage, onRequestError: fail, onResponseError: fail });
    return () => controller.abort();
  },
  'fetch-event-source 2.0.1': (url, add, onerror) => {
    const ending = new AbortController();
    const onmessage = ({ data }) => data !== '' && add(data);
    void fetchEventSource(url, { signal: ending.signal, openWhenHidden: true, onmessage, onerror }).catch(() => {});
    return () => ending.abort();
  },
  'eventsource 5.1.5': standard(Five),
  'undici 7.30.2': standard(Undici),
};
process.on('uncaughtException', () => {});

// What arrives within five seconds when the listener throws at "one".
async function listen(open, path) {
  const seen = [];
  let told = false;
  const add = (data) => {
    seen.push(data);
    if (data === 'one') throw new Error('a field that is not there');
  };
  const close = open(origin + path, add, () => {
    told = true;
  });
  await pause(5000);
  close();
  const ones = seen.filter((data) => data === 'one').length;
  const often = ones > 2 ? 'again and again' : ['never', 'once', 'twice'][ones];
  const rest = seen.filter((data) => data !== 'one').join(' ');
  const connections = requests.get(path) > 2 ? 'many' : requests.get(path);
  return `one ${often}, then ${rest || 'nothing'}; connections: ${connections}${told ? ', error told' : ''}`;
}

const round = 'one again and again, then nothing; connections: many';
const again = 'one once, then two three; connections: 2';
const well = 'one once, then two three; connections: 1';
const found = {
  'launchdarkly-eventsource 2.2.0': [`${round}, error told`, 'one twice, then two three; connections: 2, error told'],
  'eventsource 4.1.1': [`${round}, error told`, `${again}, error told`],
  'eventsource-client 1.2.0': [round, again],
  'event-source-plus 0.1.15': [round, again],
  'fetch-event-source 2.0.1': [`${round}, error told`, `${again}, error told`],
  'eventsource 5.1.5': [well, well],
  'undici 7.30.2': [well, well],
};
const names = Object.keys(clients);
const cases = names.flatMap((name, index) => ['forgets', 'resumes'].map((way) => ({ name, way, path: `/${way}/${index}` })));
const lines = await Promise.all(cases.map(({ name, path }) => listen(clients[name], path)));
cases.forEach(({ name, way }, index) => console.log(`${name}, server ${way}: ${lines[index]}`));
const same = lines.join('\n') === names.flatMap((name) => found[name]).join('\n');
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node --no-warnings run.mjs
