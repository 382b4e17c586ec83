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
  const [forwarded = ''] = String(headers['x-forwarded-host'] ?? '').split(',');
  if (forwarded !== '' && typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true)
    return forwarded.trim();
  const { host } = headers;
  return hostname === undefined || hostname === host?.replace(anyPort, '') ? host : hostname;
}
