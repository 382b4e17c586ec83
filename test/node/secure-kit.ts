import http2 from 'node:http2';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

// A key that both sides know, so that no certificate lies about in the tests.
const psk = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const suite = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;

/** Options of a server that speaks TLS. */
export const serverSecrets = { ...suite, pskCallback: (_socket: TLSSocket) => psk };

/** Options of a client that it understands. */
const clientSecrets = {
  ...suite,
  pskCallback: () => ({ psk, identity: 'test' }),
  checkServerIdentity: () => undefined,
};

/** What the client of CometKit needs of a platform's `fetch`. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

type Fields = Record<string, string>;

interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Fields;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

function sentBy(url: string | URL, init: RequestInit = {}): Sent {
  const { method = 'GET', headers, body, signal } = init;
  return {
    url: new URL(url),
    method,
    headers: Object.fromEntries(new Headers(headers)),
    body: body == null ? undefined : String(body),
    signal: signal ?? undefined,
  };
}

function responseOf(status: number, headers: object, body: Readable): Response {
  const shown = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return new Response(Readable.toWeb(body) as ReadableStream, {
    status,
    headers: new Headers(shown),
  });
}

/** Makes a `fetch` over HTTP/1.1 and TLS, each request on a connection of its own. */
export function fetchOverTls(secrets: ConnectionOptions = clientSecrets): Fetch {
  return (given, init) => askOverTls(secrets, sentBy(given, init));
}

function askOverTls(
  secrets: ConnectionOptions,
  { url, method, headers, body, signal }: Sent,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, headers, agent: false, ...secrets, signal });
    request.on('response', (response) => {
      response.on('error', () => undefined);
      resolve(responseOf(response.statusCode ?? 0, response.headers, response));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A `fetch` over one session of HTTP/2, and what ends the session. */
export function fetchOverHttp2(
  address: string,
  secrets: ConnectionOptions = clientSecrets,
): { readonly fetch: Fetch; close(): void } {
  const session = http2.connect(address, address.startsWith('https:') ? secrets : {});
  session.on('error', () => undefined);
  const fetch: Fetch = (given, init) => {
    const { url, method, headers, body, signal } = sentBy(given, init);
    return new Promise((resolve, reject) => {
      const path = url.pathname + url.search;
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { ...(signal && { signal }) },
      );
      stream.on('response', (answer) => resolve(responseOf(Number(answer[':status']), answer, stream)));
      stream.on('error', reject);
      stream.end(body);
    });
  };
  return { fetch, close: () => session.destroy() };
}
