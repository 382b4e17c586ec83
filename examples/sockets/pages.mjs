// Gives out the files of the page, and nothing else.
import { readFileSync } from 'node:fs';

const types = {
  'public/index.html': 'text/html',
  'public/page.js': 'text/javascript',
  '../frame/frame.css': 'text/css',
};
const files = new Map(
  Object.entries(types).map(([path, type]) => [
    path.slice(path.lastIndexOf('/')),
    { type, body: readFileSync(new URL(path, import.meta.url)) },
  ]),
);

/** Answers a request for a page. */
export function servePages(request, response) {
  const path = request.url === '/' ? '/index.html' : request.url;
  const file = files.get(path);
  if (file === undefined) response.writeHead(404).end('not found\n');
  else response.writeHead(200, { 'content-type': `${file.type};charset=UTF-8` }).end(file.body);
}
