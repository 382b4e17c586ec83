// A host for a folder of static files, as plain as there is: clean addresses, gzip, nothing kept.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.webp': 'image/webp',
};
const compressed = promisify(gzip);

/**
 * Serves a folder on a free port of this machine.
 *
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export async function serve(folder) {
  const server = createServer(async ({ url = '/' }, response) => {
    const file = await read(folder, decodeURI(new URL(url, 'http://site').pathname));
    if (file === undefined) return response.writeHead(404).end();
    const type = types[extname(file.name)] ?? 'application/octet-stream';
    const isText = !/image\/(?:png|webp)|octet/.test(type);
    const headers = { 'Content-Type': type, ...(isText && { 'Content-Encoding': 'gzip' }) };
    return response.writeHead(200, headers).end(isText ? await compressed(file.bytes) : file.bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The file at a path: itself, with `.html`, or the index of a folder. */
async function read(folder, path) {
  const place = join(folder, normalize(path));
  for (const name of [place, `${place}.html`, join(place, 'index.html')]) {
    try {
      return { name, bytes: await readFile(name) };
    } catch {
      // Not there, or a folder: the next name is tried.
    }
  }
  return undefined;
}
