// The process of a server under test, seen from the runner.
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';

const host = fileURLToPath(new URL('../host/host.mjs', import.meta.url));

/**
 * Starts the process of a system: `{ url, options }`.
 *
 * @returns the process, with `port`, `control` and `client` of the system; its commands are `drive`, `memory`, `cpu`
 * and `stats`.
 */
export async function startServer({ url, options = {} }) {
  const child = await Child.start('server', host, [url, JSON.stringify(options)]);
  return Object.assign(child, await child.ask('start'));
}
