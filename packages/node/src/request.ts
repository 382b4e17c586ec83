import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type CloseWatcher, type HttpRequest, type RequestBody, splitUrl } from '@cometkit/handler';
import { readBody } from './body.ts';

/** A node:http request, with what Express, Connect and body parsers may have put on it. */
export interface NodeRequest extends IncomingMessage {
  /** The URL before a router took its mount path away. */
  readonly originalUrl?: string;
  /** What a body parser made of the body. */
  readonly body?: unknown;
  /** The client's address and scheme as Express sees them, `trust proxy` included. */
  readonly ip?: string | undefined;
  readonly protocol?: string;
  /** The name that the client asked for as Express sees it, without the port. */
  readonly hostname?: string | undefined;
  readonly app?: { get?(setting: string): unknown };
}

const anyPort = /:\d{1,5}$/;

/** Makes the handler's request from a node:http request and the response that will answer it. */
export function toHttpRequest(request: NodeRequest, response: ServerResponse): HttpRequest<NodeRequest> {
  return new AdaptedRequest(request, response);
}

// What costs is found out when it is asked for: the address is a system call, and few answers depend on it.
class AdaptedRequest implements HttpRequest<NodeRequest> {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly native: NodeRequest;
  readonly #response: ServerResponse;
  readonly #named: string | undefined;
  readonly #origin: { readonly address: string; readonly secure: boolean } | undefined;

  constructor(request: NodeRequest, response: ServerResponse) {
    const { path, query, host } = splitUrl(request.originalUrl ?? request.url ?? '/');
    this.method = request.method ?? 'GET';
    this.path = path;
    this.query = query;
    this.#named = host;
    this.native = request;
    this.#response = response;
    // The socket of an HTTP/2 request throws when it is asked after the end of its session.
    this.#origin =
      request.httpVersionMajor > 1 ? { address: addressOf(request), secure: isSecure(request) } : undefined;
  }

  get address(): string {
    return this.#origin?.address ?? addressOf(this.native);
  }

  get secure(): boolean {
    return this.#origin?.secure ?? isSecure(this.native);
  }

  get host(): string | undefined {
    return this.#named ?? trustedHost(this.native);
  }

  get connection(): object {
    return this.native.socket;
  }

  // Never through headersDistinct, whose getter throws for a header named __proto__. SEC-44.
  header(name: string): string | undefined {
    const { headers } = this.native;
    const key = name.toLowerCase();
    const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  readBody(limitBytes: number): Promise<RequestBody> {
    return readBody(this.native, limitBytes);
  }

  // The close of the response, for that of the request comes as soon as its body was read.
  watch(watcher: CloseWatcher): void {
    const response = this.#response;
    // The response of HTTP/2 does not say that it has finished, only that it was ended.
    const tell = () => watcher.closed(response.writableFinished ?? response.writableEnded);
    if (response.closed || response.destroyed) tell();
    else response.on('close', tell);
  }
}

// The name that a proxy which Express believes was asked for. Express takes the port from `hostname`.
function trustedHost(request: NodeRequest): string | undefined {
  const { hostname, headers, socket, app } = request;
  const trusts = app?.get?.('trust proxy fn');
  const [forwarded = ''] = String(headers['x-forwarded-host'] ?? '').split(',');
  if (forwarded !== '' && typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true)
    return forwarded.trim();
  const { host } = headers;
  return hostname === undefined || hostname === host?.replace(anyPort, '') ? host : hostname;
}

function addressOf({ ip, socket }: NodeRequest): string {
  return ip ?? socket.remoteAddress ?? '';
}

function isSecure({ protocol, socket }: NodeRequest): boolean {
  return protocol === 'https' || (socket as TLSSocket).encrypted === true;
}
