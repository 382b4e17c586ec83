import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CloseWatcher,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
  type Responder,
  splitUrl,
  type Target,
} from '@cometkit/handler';
import { readBody } from './body.ts';
import { singleLine } from './header-lines.ts';
import { addressOf, hostOf, isSecure, type RequestPeers, type SeenRequest } from './peer.ts';
import { sendHttpResponse } from './response.ts';

/** A node:http request, with what Express, Connect and body parsers may have put on it. */
export interface NodeRequest extends IncomingMessage, SeenRequest {
  /** The URL before a router took its mount path away. */
  readonly originalUrl?: string;
  /** What a body parser made of the body. */
  readonly body?: unknown;
}

/** What requests of a server are answered by. */
export interface Answering {
  readonly handler: Handler;
  /** Who the clients are, where the request does not tell. */
  readonly peers?: RequestPeers | undefined;
  /** True where nothing has seen the requests before, that could have changed their headers. */
  readonly untouched?: boolean;
}

/**
 * A request of node:http with the response that answers it, as the handler sees both. One object for all of it: it lives as
 * long as a poll is held.
 *
 * What costs is found out when it is asked for: the address is a system call, and few answers depend on it.
 */
export class NodeExchange implements HttpRequest<NodeRequest>, Responder {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly native: NodeRequest;
  readonly #response: ServerResponse;
  readonly #by: Answering;
  readonly #lines: readonly string[] | undefined;
  readonly #named: string | undefined;
  readonly #origin: { readonly address: string; readonly secure: boolean } | undefined;

  /** @param target - what the request asks for, where that is known already. */
  constructor(by: Answering, request: NodeRequest, response: ServerResponse, target?: Target) {
    const { path, query, host } = target ?? splitUrl(request.originalUrl ?? request.url ?? '/');
    this.method = request.method ?? 'GET';
    this.path = path;
    this.query = query;
    this.#named = host;
    this.native = request;
    this.#response = response;
    this.#by = by;
    this.#lines = by.untouched === true && request.httpVersionMajor === 1 ? request.rawHeaders : undefined;
    // The socket of an HTTP/2 request throws when it is asked after the end of its session.
    this.#origin =
      request.httpVersionMajor > 1 ? { address: this.#address(), secure: this.#secure() } : undefined;
  }

  get address(): string {
    return this.#origin?.address ?? this.#address();
  }

  get secure(): boolean {
    return this.#origin?.secure ?? this.#secure();
  }

  get host(): string | undefined {
    return this.#named ?? (this.#by.peers?.host ?? hostOf)(this.native);
  }

  get connection(): object {
    return this.native.socket;
  }

  header(name: string): string | undefined {
    const key = name.toLowerCase();
    const line = this.#lines === undefined ? undefined : singleLine(this.#lines, key);
    if (line !== undefined) return line ?? undefined;
    return headerOf(this.native, key);
  }

  readBody(limitBytes: number): Promise<RequestBody> {
    return readBody(this.native, limitBytes);
  }

  // The close of the response, for that of the request comes as soon as its body was read.
  watch(watcher: CloseWatcher): void {
    const response = this.#response;
    // The response of HTTP/2 says that it has finished also where its client left before it was ended.
    const tell = () => watcher.closed(response.writableEnded && (response.writableFinished ?? true));
    if (response.closed || response.destroyed) tell();
    else response.on('close', tell);
  }

  answer(answer: HttpResponse): void {
    try {
      sendHttpResponse(answer, this.#response);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Gives up: something in front has closed or spoilt the response; what is left is not to leave it hanging. */
  fail(error: unknown): void {
    this.#by.handler.report(error, 'an adapter');
    this.#response.destroy();
  }

  #address(): string {
    return (this.#by.peers?.address ?? addressOf)(this.native);
  }

  #secure(): boolean {
    return (this.#by.peers?.secure ?? isSecure)(this.native);
  }
}

/**
 * One header of a request, as the middleware in front has left it.
 *
 * @param key - its name in small letters.
 */
export function headerOf({ headers }: Pick<IncomingMessage, 'headers'>, key: string): string | undefined {
  // Never through headersDistinct, whose getter throws for a header named __proto__.
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}
