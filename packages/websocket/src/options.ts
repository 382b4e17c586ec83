import type { IncomingMessage } from 'node:http';
import {
  callback,
  checkOptions,
  count,
  flag,
  list,
  path as pathRule,
  type RulesOf,
} from '@cometkit/core/check-options';
import { handlerRules, splitUrl } from '@cometkit/handler';
import type { UpgradeMiddleware } from './upgrade-middleware.ts';

/** How WebSockets are served. */
export interface WebSocketOptions {
  /** The path that is claimed. @defaultValue `/push` */
  readonly path?: string;
  /** Silence after which a client is sent a ping; half as long later it is given up. @defaultValue 10 000 ms */
  readonly pingMs?: number;
  /** How long one message may take from its first byte to its last. @defaultValue 10 000 ms */
  readonly assemblyMs?: number;
  /** How long a socket may be open without a session. @defaultValue 5000 ms */
  readonly handshakeMs?: number;
  /** How long one with a session may be silent without listening. @defaultValue 60 000 ms */
  readonly idleMs?: number;
  /** Longest message taken. @defaultValue 65 536 bytes */
  readonly maxPayload?: number;
  /** Fragments that one message may come in. @defaultValue 256 */
  readonly maxFragments?: number;
  /** Sockets open at once; more are answered 503. @defaultValue 20 000 */
  readonly maxConnections?: number;
  /** The same from one address; programs of this machine do not count. @defaultValue 2000 */
  readonly maxConnectionsPerAddress?: number;
  /** Whether messages may be compressed where the client offers it. Costs memory and the shared frames. @defaultValue false */
  readonly compression?: boolean;
  /**
   * Middleware of Connect or Express that runs on the request for each socket before the hooks, in this order: a session, say. One
   * that fails, or answers by itself, refuses the socket. @defaultValue none
   */
  readonly use?: readonly UpgradeMiddleware[];
  /** The client's address, where a proxy stands in front that is to be believed. @defaultValue the socket's */
  readonly address?: (request: IncomingMessage) => string;
  /** The host that the client asked for, likewise, where the proxy renames it. @defaultValue the header `host` */
  readonly host?: (request: IncomingMessage) => string | undefined;
}

/** The options with their defaults. */
export type WebSocketSettings = Required<WebSocketOptions>;

const numbers = {
  pingMs: 10_000,
  assemblyMs: 10_000,
  handshakeMs: 5000,
  idleMs: 60_000,
  maxPayload: 65_536,
  maxFragments: 256,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 2000,
} as const;

const rules: RulesOf<WebSocketOptions> = {
  path: pathRule,
  pingMs: count,
  assemblyMs: count,
  handshakeMs: count,
  idleMs: count,
  maxPayload: count,
  maxFragments: count,
  maxConnections: count,
  maxConnectionsPerAddress: count,
  compression: flag,
  use: list(callback),
  address: callback,
  host: callback,
};

/**
 * Fills in the defaults.
 *
 * @throws RangeError — a number is not a positive integer.
 * @throws TypeError — an option is unknown or of the wrong type, or the path does not begin with a slash.
 */
export function resolveOptions(options: WebSocketOptions): WebSocketSettings {
  checkOptions(options, rules, { 'the handler': handlerRules });
  const { path = '/push', compression = false, use = [], address = addressOf, host = hostOf } = options;
  const resolved: Record<keyof typeof numbers, number> = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[])
    resolved[name] = options[name] ?? numbers[name];
  return { ...resolved, path, compression, use, address, host };
}

function hostOf({ url = '', headers }: IncomingMessage): string | undefined {
  return splitUrl(url).host ?? headers.host;
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}
