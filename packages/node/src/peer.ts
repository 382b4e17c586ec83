import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** How a program says who a client is, where proxies stand in front. Each is asked only when the answer is needed. */
export interface RequestPeers {
  /** @defaultValue the address at the other end of the socket, or the one that Express believes */
  readonly address?: ((request: IncomingMessage) => string) | undefined;
  /** The host that the client asked for. @defaultValue the header `host`, or the name that Express believes */
  readonly host?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** @defaultValue whether the socket is encrypted, or what Express believes */
  readonly secure?: ((request: IncomingMessage) => boolean) | undefined;
}

/** A request as its framework sees it, or one that no framework has seen. */
export interface SeenRequest extends Pick<IncomingMessage, 'headers' | 'socket'> {
  /** The client's address and scheme as Express sees them, `trust proxy` included. */
  readonly ip?: string | undefined;
  readonly protocol?: string;
  /** The name that the client asked for as Express sees it, without the port. */
  readonly hostname?: string | undefined;
  readonly app?: { get?(setting: string): unknown };
}

const anyPort = /:\d{1,5}$/;

/** The client's address. */
export function addressOf({ ip, socket }: SeenRequest): string {
  return ip ?? socket.remoteAddress ?? '';
}

/** Whether the client speaks TLS, to us or to a proxy that is believed. */
export function isSecure({ protocol, socket }: SeenRequest): boolean {
  return protocol === 'https' || (socket as TLSSocket).encrypted === true;
}

/** The host that the client asked for, or that a proxy which Express believes was asked for. Express takes the port away. */
export function hostOf(request: SeenRequest): string | undefined {
  const { hostname, headers, socket, app } = request;
  const trusts = app?.get?.('trust proxy fn');
  const forwarded = forwardedHost(headers);
  if (forwarded !== '' && typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true)
    return forwarded;
  const { host } = headers;
  return hostname === undefined || hostname === host?.replace(anyPort, '') ? host : hostname;
}

// Of several proxies the first names the host that the client asked for. A proxy that writes both headers means the same by them.
function forwardedHost(headers: IncomingMessage['headers']): string {
  const [first = ''] = String(headers['x-forwarded-host'] ?? '').split(',');
  return first.trim() || standardHost(String(headers.forwarded ?? ''));
}

const standardPair = /^\s*([!#$%&'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*(;|,|$)/;

/**
 * The parameter `host` of the first element of `Forwarded`, empty where it has none.
 *
 * @remarks RFC 7239, section 4: `for=192.0.2.43;host="app.example:8080";proto=https, for=10.0.0.1`. A header that breaks the grammar
 *   says nothing.
 */
function standardHost(header: string): string {
  let host = '';
  for (let rest = header; rest.trim() !== ''; ) {
    const [whole = '', name = '', value = '', end] = standardPair.exec(rest) ?? [];
    if (whole === '') return '';
    if (name.toLowerCase() === 'host') host = value.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
    if (end === ',') break;
    rest = rest.slice(whole.length);
  }
  return host.trim();
}
