import { CometError } from '@cometkit/core';
import { checkOrigin, type OriginRules } from '../cors.ts';
import type { HttpRequest, RequestBody } from '../http.ts';

/**
 * The other end of a connection, as authorize hooks see it.
 *
 * @remarks
 * `header` and `query` are those of the HTTP request that opened the connection; without one they are undefined and
 * empty, and `path` is `/`.
 */
export interface Peer<N = unknown>
  extends Pick<HttpRequest<N>, 'path' | 'header' | 'host' | 'address' | 'secure' | 'native'> {
  /** The query of the request that asked for the connection, raw. @defaultValue `''` */
  readonly query?: string;
}

const noBody: RequestBody = { kind: 'text', text: '' };

/**
 * The request of one message, for commands and hooks. Made for each message, because it lives as long as the message.
 */
export class MessageRequest implements HttpRequest {
  readonly method = 'POST';
  readonly connection: object;
  readonly #peer: Peer;

  constructor(peer: Peer, connection: object) {
    this.#peer = peer;
    this.connection = connection;
  }

  get path(): string {
    return this.#peer.path;
  }

  get host(): string | undefined {
    return this.#peer.host;
  }

  get query(): string {
    return this.#peer.query ?? '';
  }

  get address(): string {
    return this.#peer.address;
  }

  get secure(): boolean {
    return this.#peer.secure;
  }

  get native(): unknown {
    return this.#peer.native;
  }

  header(name: string): string | undefined {
    return this.#peer.header(name);
  }

  readBody(): Promise<RequestBody> {
    return Promise.resolve(noBody);
  }

  // Nothing waits for the end of a message: it is answered in the same turn or not at all.
  watch(): undefined {
    return undefined;
  }
}

/**
 * What a connection keeps of its peer if no hook can ask for more: the cookies of its opening request, but not the
 * request, which would be a tenth of the memory of an idle WebSocket.
 */
export function knownOf(peer: Peer): Peer {
  const { path, address, secure } = peer;
  const known = new Map<string, string>();
  for (const name of keptHeaders) {
    const value = peer.header(name);
    if (value !== undefined) known.set(name, value);
  }
  const header = known.size === 0 ? none : (name: string) => known.get(name.toLowerCase());
  return { path, address, secure, native: undefined, header };
}

// The headers that prove a session, and those that show that the address is a proxy.
const keptHeaders = ['cookie', 'x-forwarded-for', 'x-real-ip', 'forwarded'];

function none(): undefined {
  return undefined;
}

/**
 * Checks the origin of an HTTP request that asks to become a connection, before it is granted, so that a page of
 * another site cannot open one with the cookies of its reader.
 *
 * @returns the peer as commands and hooks may see it, or undefined if its page may not call. Cookies are hidden if only
 *   `*` allows the page: HTTP would not have sent them to another site either.
 */
export function admitPeer(peer: Peer, rules: OriginRules): Peer | undefined {
  const request = {
    host: peer.host,
    header: (name: string) => {
      const value = peer.header(name);
      return name === 'sec-fetch-dest' && value === 'websocket' ? undefined : value;
    },
  };
  try {
    const anybody = checkOrigin(request, rules)['access-control-allow-origin'] === '*';
    return anybody ? withoutCookies(peer) : peer;
  } catch (error) {
    if (error instanceof CometError && error.code === 'forbidden-origin') return undefined;
    throw error;
  }
}

function withoutCookies(peer: Peer): Peer {
  const header = (name: string) => (name.toLowerCase() === 'cookie' ? undefined : peer.header(name));
  return {
    path: peer.path,
    ...(peer.query !== undefined && { query: peer.query }),
    host: peer.host,
    header,
    address: peer.address,
    secure: peer.secure,
    native: peer.native,
  };
}
