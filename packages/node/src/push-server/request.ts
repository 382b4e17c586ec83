import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { CometError } from '@cometkit/core';
import type { CloseWatcher, HttpRequest, RequestBody } from '@cometkit/handler';
import type { Exchange } from './exchange.ts';
import { fieldBit } from './request-fields.ts';
import type { RequestHead } from './request-head.ts';

/** What is asked who a client is: its headers, and the socket that it came over. */
export type PushPeer = Pick<HttpRequest<Socket>, 'header' | 'native'>;

/** How the push server finds out what a proxy in front of it knows. */
export interface PeerRules {
  /** @defaultValue the address at the other end of the socket */
  readonly address?: (peer: PushPeer) => string;
  /** The host that the client asked for. @defaultValue the header `host` */
  readonly host?: (peer: PushPeer) => string | undefined;
  /** @defaultValue whether the socket is encrypted */
  readonly secure?: (peer: PushPeer) => boolean;
}

// Node keeps the first of these and joins all others.
const single: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
  ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
]);

// A part of a text that is longer keeps all of the text in memory.
const longestCopied = 12;

const colon = 0x3a;

/** A request that the push server has read: what a held poll keeps is this and the text of its headers. */
export class FrontRequest implements HttpRequest<Socket> {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly native: Socket;
  readonly #exchange: Exchange;
  readonly #rules: PeerRules;
  readonly #lines: string;
  readonly #names: number;
  #body: Buffer | undefined;

  constructor(head: RequestHead, bytes: Buffer, exchange: Exchange, rules: PeerRules) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.native = exchange.socket;
    this.#exchange = exchange;
    this.#rules = rules;
    this.#lines = head.lines;
    this.#names = head.names;
    this.#body = head.method === 'POST' ? bytes.subarray(head.bodyStart, head.end) : undefined;
  }

  get address(): string {
    return this.#rules.address?.(this) ?? this.native.remoteAddress ?? '';
  }

  get host(): string | undefined {
    return this.#rules.host?.(this) ?? this.header('host');
  }

  get secure(): boolean {
    return this.#rules.secure?.(this) ?? (this.native as TLSSocket).encrypted === true;
  }

  get connection(): Socket {
    return this.native;
  }

  /** Returns the same value as `headers` of a Node request. */
  header(name: string): string | undefined {
    const key = name.toLowerCase();
    if ((this.#names & fieldBit(key.charCodeAt(0), key.length)) === 0) return undefined;
    const value = this.#find(key);
    // Sessions keep parts of a cookie.
    return value === undefined || value.length <= longestCopied
      ? value
      : Buffer.from(value, 'latin1').toString('latin1');
  }

  readBody(limitBytes: number): Promise<RequestBody> {
    const body = this.#body;
    this.#body = undefined;
    if (body === undefined || body.length <= limitBytes)
      return Promise.resolve({ kind: 'text', text: body?.toString('utf8') ?? '' });
    const error = new CometError('body-too-large', `the body is larger than ${limitBytes} bytes`, {
      limit: limitBytes,
    });
    return Promise.reject(error);
  }

  watch(watcher: CloseWatcher): void {
    this.#exchange.watchedBy(watcher);
  }

  #find(key: string): string | undefined {
    const lines = this.#lines;
    let value: string | undefined;
    for (let at = 0; at < lines.length; at = lines.indexOf('\r\n', at) + 2) {
      const nameEnd = at + key.length;
      if (lines.charCodeAt(nameEnd) !== colon || lines.slice(at, nameEnd).toLowerCase() !== key) continue;
      const more = lines.slice(nameEnd + 1, lines.indexOf('\r\n', nameEnd)).trim();
      if (value === undefined) value = more;
      else if (!single.has(key)) value += `${key === 'cookie' ? '; ' : ', '}${more}`;
    }
    return value;
  }
}
