import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connections, Handler, Peer } from '@cometkit/handler';
import type { WebSocket } from 'ws';
import { TcpClient, type TcpService } from '../../packages/socket/src/tcp-client.ts';
import { encodeFrames } from '../../packages/websocket/src/frame.ts';
import { FrameOutlet } from '../../packages/websocket/src/frame-outlet.ts';
import { SocketClient, type SocketClientHost } from '../../packages/websocket/src/socket-client.ts';
import type { Line, LineEnd } from './line.ts';
import { ServerSocket } from './server-socket.ts';
import { TcpSocket } from './tcp-socket.ts';
import type { World } from './world.ts';

/** What a connection is to be: a WebSocket, or plain TCP. */
export type LineKind = 'web-socket' | 'tcp';

const limits = { handshakeMs: 5000, idleMs: 60_000 };
// The defaults of `@cometkit/websocket` and `@cometkit/socket`.
const socketLimits = { pingTicks: 10, deadTicks: 15, assemblyTicks: 10 };
const tcpLimits = { handshakeMs: 5000, assemblyMs: 10_000, maxMessageBytes: 65_536 };
const switching = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
const peer: Peer = {
  path: '/push',
  header: () => undefined,
  address: '127.0.0.1',
  secure: false,
  native: undefined,
};

/**
 * The sockets of one life of a server: what `@cometkit/websocket` and `@cometkit/socket` make of them, over simulated
 * connections.
 *
 * @returns only `ws` and the sockets of Node are played; frames, outlets, watches and readers of messages are the real ones.
 */
export class Listener {
  readonly #world: World;
  readonly #handler: Handler;
  readonly #framed: Connections;
  readonly #tcp: TcpService;
  readonly #sockets = new Set<ServerSocket | TcpSocket>();
  readonly #clients = new Set<SocketClient>();
  readonly #host: SocketClientHost = {
    limits: socketLimits,
    left: (client) => void this.#clients.delete(client),
  };

  constructor(world: World, handler: Handler) {
    this.#world = world;
    this.#handler = handler;
    this.#framed = handler.connections({ syntax: 'json', encode: encodeFrames, ...limits });
    const xml = handler.connections({ syntax: 'xml', ...limits });
    const json = handler.connections({ syntax: 'json', ...limits });
    this.#tcp = { ...tcpLimits, xml, json, policy: () => '' };
  }

  /** Takes a connection up. */
  take(kind: LineKind, line: Line): LineEnd | undefined {
    return kind === 'tcp' ? this.#takeTcp(line) : this.#takeWebSocket(line);
  }

  /** A second has passed. */
  tick(): void {
    for (const client of this.#clients) client.tick();
  }

  /** From now on nobody reads what is written, for a while. */
  congest(ms: number): void {
    for (const socket of this.#sockets) socket.stall(ms);
  }

  #takeWebSocket(line: Line): LineEnd | undefined {
    const admitted = this.#handler.admit(peer);
    if (admitted === undefined) return undefined;
    const socket = new ServerSocket(this.#world, line);
    const [asSocket, asStream] = [socket as unknown as WebSocket, socket as unknown as Duplex];
    socket.write(switching);
    const outlet = new FrameOutlet(asSocket, asStream, () => 1000);
    const client = new SocketClient(this.#host, asSocket, asStream, outlet);
    this.#clients.add(client);
    this.#keep(socket);
    client.serve(this.#framed.open(outlet, admitted));
    return socket;
  }

  #takeTcp(line: Line): LineEnd {
    const socket = new TcpSocket(this.#world, line);
    this.#keep(socket);
    new TcpClient(socket as unknown as Socket, this.#tcp);
    return socket;
  }

  #keep(socket: ServerSocket | TcpSocket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
