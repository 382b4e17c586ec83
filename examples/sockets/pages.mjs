// Gives out the files of public/, and nothing else.
import { readFileSync } from 'node:fs';

const types = { 'index.html': 'text/html', 'page.js': 'text/javascript' };
const files = new Map(
  Object.entries(types).map(([name, type]) => [
    `/${name}`,
    { type, body: readFileSync(new URL(`public/${name}`, import.meta.url)) },
  ]),
);

/** Answers a request for a page. */
export function servePages(request, response) {
  const path = request.url === '/' ? '/index.html' : request.url;
  const file = files.get(path);
  if (file === undefined) response.writeHead(404).end('not found\n');
  else response.writeHead(200, { 'content-type': `${file.type};charset=UTF-8` }).end(file.body);
}
