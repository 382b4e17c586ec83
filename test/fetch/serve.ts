import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FetchHandler } from '../../packages/fetch/src/index.ts';

/** What aborts a request's signal: its client going away, or also the end of its body, as in Nitro 3.0.0. */
export type AbortedBy = 'leaving' | 'end of body';

/** A node:http server around a fetch handler, in the plainest way: what platforms that speak fetch do inside. */
export function serveFetch(handler: FetchHandler, abortedBy: AbortedBy = 'leaving'): http.Server {
  return http.createServer((incoming, outgoing) => {
    const gone = new AbortController();
    if (abortedBy === 'end of body') incoming.once('close', () => gone.abort());
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    void handler(toRequest(incoming, gone.signal), { address: incoming.socket.remoteAddress }).then(
      (response) => send(response, outgoing),
    );
  });
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index]!, incoming.rawHeaders[index + 1]!);
  }
  const { method = 'GET', url } = incoming;
  const bodiless = method === 'GET' || method === 'HEAD';
  const body = bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' };
  return new Request(`http://${incoming.headers.host ?? 'localhost'}${url}`, init);
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(response.status);
  outgoing.flushHeaders();
  const reader = response.body?.getReader();
  outgoing.once('close', () => void reader?.cancel().catch(() => undefined));
  try {
    for (;;) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) break;
      if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve));
    }
    outgoing.end();
  } catch {
    outgoing.destroy(); // the handler has dropped the connection
  }
}
