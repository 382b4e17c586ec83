import dgram, { type RemoteInfo } from 'node:dgram';
import { type Connections, type Handler, servingHandler } from '@cometkit/handler';
import { AddressTokens, sameToken } from './address-token.ts';
import { DatagramPeers } from './datagram-peers.ts';
import { type DatagramRequest, readDatagram } from './datagram-request.ts';
import { checkGroup, startGroup } from './multicast.ts';
import { type DatagramOptions, datagramRules, type MulticastGroup, positives } from './options.ts';
import { defaultHost, type SocketServer } from './socket-server.ts';

const defaults = {
  maxDatagramBytes: 1200,
  maxRequestBytes: 8192,
  silenceMs: 60_000,
  handshakeMs: 5000,
  tokenMs: 60_000,
  maxPeers: 10_000,
  maxPeersPerAddress: 64,
};
// What numbering adds to an event (bytes).
const numberBytes = 32;

/**
 * Serves a handler's sessions over UDP: one JSON object in each datagram, both ways.
 *
 * UDP may lose, duplicate and reorder datagrams. Items are numbered, so that a client notices what it missed, and carry
 * their cursor, so that it can fetch that over HTTP or TCP. An address that has not proved itself never gets more bytes than
 * it has sent.
 *
 * @example
 * ```ts
 * import { createHub, createNodeHandler } from '@cometkit/node';
 * import { createDatagramServer } from '@cometkit/socket';
 *
 * const hub = createHub();
 * const datagrams = createDatagramServer(createNodeHandler(hub));
 * await datagrams.listen(7844);
 * setInterval(() => hub.publish('/time', { now: Date.now() }), 1000);
 * ```
 *
 * @throws {RangeError} an option is out of its range.
 * @throws {TypeError} the first argument is no handler, or an option has the wrong type.
 * @throws {Error} the hub is closed.
 */
export function createDatagramServer(
  push: Handler | { readonly handler: Handler },
  options: DatagramOptions = {},
): SocketServer {
  return new DatagramServer(servingHandler(push, 'first'), options);
}

class DatagramServer implements SocketServer {
  readonly #type: 'udp4' | 'udp6';
  readonly #socket: dgram.Socket;
  readonly #connections: Connections;
  readonly #peers: DatagramPeers;
  readonly #tokens: AddressTokens;
  readonly #maxRequestBytes: number;
  readonly #groups: readonly MulticastGroup[];
  #endGroups: (() => void)[] = [];
  #open = false;

  constructor(handler: Handler, options: DatagramOptions) {
    const limits = positives(datagramRules, defaults, options);
    const { maxDatagramBytes, maxRequestBytes, handshakeMs, silenceMs } = limits;
    this.#type = options.type ?? 'udp4';
    this.#groups = options.groups ?? [];
    for (const group of this.#groups) checkGroup(group, this.#type);
    this.#maxRequestBytes = maxRequestBytes;
    this.#tokens = new AddressTokens(limits.tokenMs);
    this.#socket = dgram.createSocket(this.#type);
    this.#connections = handler.connections({
      name: 'udp',
      syntax: 'json',
      maxEventBytes: maxDatagramBytes - numberBytes,
      handshakeMs,
      idleMs: silenceMs,
    });
    this.#peers = new DatagramPeers({ ...limits, socket: this.#socket, connections: this.#connections });
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  get size(): number {
    return this.#peers.size;
  }

  async listen(port: number, host: string = this.#type === 'udp4' ? defaultHost : '::1'): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(port, host, () => {
        this.#socket.off('error', reject);
        resolve();
      });
    });
    // Each `send` reports errors to its own callback; without this listener Node would end the process.
    this.#socket.on('error', () => undefined);
    this.#open = true;
    for (const group of this.#groups)
      this.#endGroups.push(await startGroup(group, this.#type, this.#connections));
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const end of this.#endGroups.splice(0)) end();
    this.#connections.close('dismiss');
    // The last words are on their way when the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    this.#peers.clear();
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    if (bytes.length > this.#maxRequestBytes) return;
    const request = readDatagram(bytes);
    if (request === undefined) return;
    if (this.#proved(request.token, from)) this.#peers.receive(request, from);
    else this.#challenge(request, from, bytes.length);
  }

  #proved(token: string | undefined, from: RemoteInfo): boolean {
    if (token === undefined) return false;
    const known = this.#peers.tokenOf(from);
    if (known !== undefined && sameToken(token, known)) return true;
    return this.#tokens.proves(token, from.address, from.port);
  }

  // Never longer than what was received: a forged sender must not get more out of us than its forger has put in.
  #challenge({ number }: DatagramRequest, from: RemoteInfo, received: number): void {
    const token = this.#tokens.give(from.address, from.port);
    const asked = number === 0 ? {} : { requestId: number };
    const text = JSON.stringify({ type: 'challenge', token, ...asked });
    if (text.length <= received) this.#socket.send(text, from.port, from.address, () => undefined);
  }
}
