import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest } from '@cometkit/handler';
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
}

/** Makes the handler's request from a node:http request and the response that will answer it. */
export function toHttpRequest(request: NodeRequest, response: ServerResponse): HttpRequest<NodeRequest> {
  const { path, query } = splitUrl(request.originalUrl ?? request.url ?? '/');
  return {
    method: request.method ?? 'GET',
    path,
    query,
    header: (name) => headerOf(request, name),
    readBody: (limitBytes) => readBody(request, limitBytes),
    address: request.ip ?? request.socket.remoteAddress ?? '',
    secure: request.protocol === 'https' || (request.socket as TLSSocket).encrypted === true,
    native: request,
    connection: request.socket,
    onClose: (listener) => onClose(response, listener),
  };
}

/** Cuts a request target into path and query. Shape: an empty path for a target that is not a path. */
export function splitUrl(target: string): { readonly path: string; readonly query: string } {
  if (!target.startsWith('/')) return { path: '', query: '' };
  const fragment = target.indexOf('#');
  const url = fragment < 0 ? target : target.slice(0, fragment);
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

// Never through headersDistinct, whose getter throws for a header named __proto__. SEC-44.
function headerOf(request: IncomingMessage, name: string): string | undefined {
  const { headers } = request;
  const key = name.toLowerCase();
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

// The close of the response, for that of the request comes as soon as its body was read.
function onClose(response: ServerResponse, listener: (complete: boolean) => void): void {
  // The response of HTTP/2 does not say that it has finished, only that it was ended.
  const tell = () => listener(response.writableFinished ?? response.writableEnded);
  if (response.closed || response.destroyed) tell();
  else response.once('close', tell);
}
