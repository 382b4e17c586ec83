import type { Socket as DatagramSocket, RemoteInfo } from 'node:dgram';
import type { Connection, Connections, Peer } from '@cometkit/handler';
import { DatagramLink } from './datagram-link.ts';
import type { DatagramRequest } from './datagram-request.ts';
import { AddressCounts } from './socket-server.ts';

/** One client that has proved its address. */
interface DatagramPeer {
  readonly token: string;
  readonly link: DatagramLink;
  readonly connection: Connection;
  /** The highest number of its requests. */
  lastRequest: number;
  /** Sweeps since it was heard. */
  silent: number;
  /** False while enough of its requests wait: what comes then is lost, as datagrams may be. */
  welcome: boolean;
}

/** What the table of peers is made of. */
export interface DatagramPeersParts {
  readonly socket: DatagramSocket;
  readonly connections: Connections;
  readonly maxPeers: number;
  readonly maxPeersPerAddress: number;
  /** How long one may be silent (milliseconds). */
  readonly silenceMs: number;
}

const sweeps = 4;

/** The clients of a datagram server that have proved their addresses. They are kept by address and port. */
export class DatagramPeers {
  readonly #parts: DatagramPeersParts;
  readonly #peers = new Map<string, DatagramPeer>();
  readonly #addresses: AddressCounts;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(parts: DatagramPeersParts) {
    this.#parts = parts;
    this.#addresses = new AddressCounts(parts.maxPeersPerAddress);
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The token that the client at an address showed first; undefined when none is known there. */
  tokenOf(from: RemoteInfo): string | undefined {
    return this.#peers.get(nameOf(from))?.token;
  }

  /** Carries out a request whose token was proved. */
  receive(request: DatagramRequest, from: RemoteInfo): void {
    const peer = this.#peers.get(nameOf(from)) ?? this.#open(request.token ?? '', from);
    if (peer === undefined) return;
    peer.silent = 0;
    if (!peer.welcome) return;
    const { number, text } = request;
    if (number > 0 && number <= peer.lastRequest) {
      // Sent again because its answer was lost; an older one is only late.
      const last = peer.link.lastAnswer;
      if (last?.request === number) peer.link.repeat(last.parts);
      return;
    }
    peer.lastRequest = Math.max(peer.lastRequest, number);
    peer.link.ask(number);
    peer.welcome = peer.connection.receive(text);
  }

  /** Forgets all. */
  clear(): void {
    for (const { link } of [...this.#peers.values()]) link.destroy();
  }

  #open(token: string, from: RemoteInfo): DatagramPeer | undefined {
    const { socket, connections, maxPeers } = this.#parts;
    if (this.#peers.size >= maxPeers || !this.#addresses.add(from.address)) return undefined;
    const link = new DatagramLink(
      (parts, done) => socket.send(parts, from.port, from.address, done),
      () => this.#forget(from),
    );
    const connection = connections.open(link, peerOf(from));
    const peer: DatagramPeer = { token, link, connection, lastRequest: 0, silent: 0, welcome: true };
    connection.comesFrom({
      resume() {
        peer.welcome = true;
      },
    });
    this.#peers.set(nameOf(from), peer);
    this.#timer ??= this.#watch();
    return peer;
  }

  #forget(from: RemoteInfo): void {
    this.#peers.delete(nameOf(from));
    this.#addresses.remove(from.address);
    if (this.#peers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #watch(): NodeJS.Timeout {
    const sweep = () => {
      for (const peer of [...this.#peers.values()]) {
        peer.silent += 1;
        if (peer.silent > sweeps) peer.link.destroy();
      }
    };
    return setInterval(sweep, this.#parts.silenceMs / sweeps).unref();
  }
}

function nameOf({ address, port }: RemoteInfo): string {
  return `${port} ${address}`;
}

function peerOf(from: RemoteInfo): Peer<RemoteInfo> {
  return { path: '/', header: () => undefined, address: from.address, secure: false, native: from };
}
