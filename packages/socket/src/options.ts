import type { TlsOptions } from 'node:tls';
import {
  checkOptions,
  choice,
  count,
  list,
  nested,
  type Rules,
  type RulesOf,
  suchAs,
  text,
  whole,
} from '@cometkit/core/check-options';
import { handlerRules } from '@cometkit/handler';
import type { PolicyRule } from './policy.ts';

/** How XML and JSON lines are served over TCP. */
export interface XmlSocketOptions {
  /** Certificates and keys, for TLS. @defaultValue plain TCP */
  readonly tls?: TlsOptions;
  /** From which sites Flash movies may connect, told to `<policy-file-request/>`. @defaultValue none */
  readonly policy?: readonly PolicyRule[];
  /** How long a connection may be open without a session. @defaultValue 5000 ms */
  readonly handshakeMs?: number;
  /** How long one message may take from its first byte to its last. @defaultValue 10 000 ms */
  readonly assemblyMs?: number;
  /** How long one with a session may be silent without listening. @defaultValue 60 000 ms */
  readonly idleMs?: number;
  /** Longest message taken, its end mark not counted. @defaultValue 65 536 bytes */
  readonly maxMessageBytes?: number;
  /** Connections open at once; more are closed unheard. @defaultValue 10 000 */
  readonly maxConnections?: number;
  /** The same from one address. @defaultValue 256 */
  readonly maxConnectionsPerAddress?: number;
}

/** How datagrams are served. */
export interface DatagramOptions {
  /** @defaultValue `udp4` */
  readonly type?: 'udp4' | 'udp6';
  /** Longest datagram sent; a longer event is announced by its cursor. @defaultValue 1200 bytes */
  readonly maxDatagramBytes?: number;
  /** Longest datagram taken. @defaultValue 8192 bytes */
  readonly maxRequestBytes?: number;
  /** How long a client may be silent before it is forgotten; its session lives on. @defaultValue 60 000 ms */
  readonly silenceMs?: number;
  /** How long a client may be known without a session. @defaultValue 5000 ms */
  readonly handshakeMs?: number;
  /** How long a token of an address is good for a first contact, at least. @defaultValue 60 000 ms */
  readonly tokenMs?: number;
  /** Clients known at once. @defaultValue 10 000 */
  readonly maxPeers?: number;
  /** The same at one address. @defaultValue 64 */
  readonly maxPeersPerAddress?: number;
  /** Subjects whose events go to everybody who listens to a multicast group. @defaultValue none */
  readonly groups?: readonly MulticastGroup[];
}

/** A multicast group, and what is sent there: to everybody who listens, without a session and without a question. */
export interface MulticastGroup {
  /** The subjects, as in a subscription. */
  readonly subject: string;
  /** An address in 224.0.0.0/4, or ff00::/8 for `udp6`. */
  readonly address: string;
  readonly port: number;
  /** Routers that it may pass, plus one. @defaultValue 1: it stays in the local network */
  readonly ttl?: number;
  /** The network interface that it leaves by: its address, or `::%eth0` for `udp6`. @defaultValue as the system chooses */
  readonly interface?: string;
}

/** What each part of a rule of a policy may be. */
export const policyRules: RulesOf<PolicyRule> = { domain: text, ports: text };

/** What each option of the server of lines may be. */
export const xmlSocketRules: RulesOf<XmlSocketOptions> = {
  tls: suchAs('options of `tls.createServer`', (value) => typeof value === 'object' && value !== null),
  policy: list(nested(policyRules)),
  handshakeMs: count,
  assemblyMs: count,
  idleMs: count,
  maxMessageBytes: count,
  maxConnections: count,
  maxConnectionsPerAddress: count,
};

const groupRules: RulesOf<MulticastGroup> = {
  subject: text,
  address: text,
  port: whole,
  ttl: whole,
  interface: text,
};

/** What each option of the server of datagrams may be. */
export const datagramRules: RulesOf<DatagramOptions> = {
  type: choice('udp4', 'udp6'),
  maxDatagramBytes: count,
  maxRequestBytes: count,
  silenceMs: count,
  handshakeMs: count,
  tokenMs: count,
  maxPeers: count,
  maxPeersPerAddress: count,
  groups: list(nested(groupRules)),
};

/**
 * Checks options and fills in the defaults of those that are counts.
 *
 * @throws RangeError — a number or a word is not allowed. @throws TypeError — an option is unknown or of the wrong type.
 */
export function positives<N extends string>(
  rules: Rules,
  defaults: Readonly<Record<N, number>>,
  given: Partial<Readonly<Record<NoInfer<N>, number>>>,
): Record<N, number> {
  checkOptions(given, rules, { 'the handler': handlerRules });
  const resolved: Record<N, number> = { ...defaults };
  for (const name of Object.keys(defaults) as N[]) resolved[name] = given[name] ?? defaults[name];
  return resolved;
}
