import { SessionClient } from '../client.ts';
import type { Notices } from '../notices.ts';
import { type ClientOptions, resolveOptions } from '../options.ts';

/** Opens the connection of a tab that leads; what only this tab can know of it goes to the tab's own listeners. */
export function connect(url: string, options: ClientOptions, notices: Notices): SessionClient {
  const client = new SessionClient(url, resolveOptions(options));
  client.on('reconnecting', (...args) => notices.emit('reconnecting', ...args));
  client.on('wire', (event) => notices.emit('wire', event));
  client.on('error', (error) => {
    // The tab that owns a refused subscription reports it.
    if (error.code !== 'refused' || client.state === 'closed') notices.emit('error', error);
  });
  return client;
}
