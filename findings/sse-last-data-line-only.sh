#!/usr/bin/env bash
# event-source-plus 0.1.15; beside it eventsource 4.1.1.
#
# An event may have several `data` lines, and a server that pushes text with line breaks (a log line, printed JSON, tokens of a model)
# has no other way to write it.
# Expected: the lines joined by line feeds, blanks but the first one kept.
# Seen: event-source-plus 0.1.15 hands over the last line alone, without its blanks. Nothing is raised: a document that was printed over
#   several lines arrives as its closing brace.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts event-source-plus@0.1.15 eventsource@4.1.1 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { EventSource } from 'eventsource';
import { EventSourcePlus } from 'event-source-plus';

const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: {\ndata:   "price": 7\ndata: }\n\ndata: first\ndata: second \n\n');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const clients = {
  'event-source-plus 0.1.15': (add) => {
    const controller = new EventSourcePlus(url).listen({ onMessage: ({ data }) => add(data) });
    return () => controller.abort();
  },
  'eventsource 4.1.1': (add) => {
    const source = new EventSource(url);
    source.onmessage = ({ data }) => add(data);
    return () => source.close();
  },
};
const found = {
  'event-source-plus 0.1.15': ['}', 'second'],
  'eventsource 4.1.1': ['{\n  "price": 7\n}', 'first\nsecond '],
};
let same = true;
for (const [name, connect] of Object.entries(clients)) {
  const seen = [];
  const close = connect((data) => seen.push(data));
  for (let waited = 0; seen.length < 2 && waited < 10_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  close();
  console.log(`${name}: ${JSON.stringify(seen)}`);
  same &&= JSON.stringify(seen) === JSON.stringify(found[name]);
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node --no-warnings run.mjs
