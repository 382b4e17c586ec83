import net from 'node:net';
import tls from 'node:tls';
import { type Connections, type Handler, servingHandler } from '@cometkit/handler';
import { positives, type XmlSocketOptions, xmlSocketRules } from './options.ts';
import { policyDocument } from './policy.ts';
import { CountedServer, type SocketServer } from './socket-server.ts';
import { TcpClient, type TcpService } from './tcp-client.ts';

const defaults = {
  handshakeMs: 5000,
  assemblyMs: 10_000,
  idleMs: 60_000,
  maxMessageBytes: 65_536,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 256,
};
const graceMs = 2000;

/**
 * Serves a handler's sessions over TCP or TLS: XML elements that end with a NUL, as Flash's XMLSocket has them, or JSON
 * objects on lines of their own, told apart by the first byte of a connection.
 *
 * The same port answers `<policy-file-request/>`.
 *
 * @example
 * ```ts
 * import { createHub, createNodeHandler } from '@cometkit/node';
 * import { createXmlSocketServer } from '@cometkit/socket';
 *
 * const hub = createHub();
 * const sockets = createXmlSocketServer(createNodeHandler(hub));
 * await sockets.listen(7843);
 * setInterval(() => hub.publish('/time', { now: Date.now() }), 1000);
 * ```
 *
 * @throws {RangeError} an option is out of its range.
 * @throws {TypeError} the first argument is no handler, or an option has the wrong type.
 * @throws {Error} the hub is closed.
 */
export function createXmlSocketServer(
  push: Handler | { readonly handler: Handler },
  options: XmlSocketOptions = {},
): SocketServer {
  return new XmlSocketServer(servingHandler(push, 'first'), options);
}

class XmlSocketServer implements SocketServer {
  readonly #server: CountedServer;
  readonly #groups: readonly Connections[];

  constructor(handler: Handler, options: XmlSocketOptions) {
    const limits = positives(xmlSocketRules, defaults, options);
    const { handshakeMs, idleMs } = limits;
    const rules = options.policy ?? [];
    // Said now rather than to the first who asks.
    policyDocument(rules, 0);
    const xml = handler.connections({ name: 'tcp', syntax: 'xml', handshakeMs, idleMs });
    const json = handler.connections({ name: 'tcp', syntax: 'json', handshakeMs, idleMs });
    this.#groups = [xml, json];
    const service: TcpService = { ...limits, xml, json, policy: (port) => policyDocument(rules, port) };
    const server =
      options.tls === undefined
        ? net.createServer({ allowHalfOpen: true })
        : tls.createServer({ ...options.tls, handshakeTimeout: handshakeMs });
    this.#server = new CountedServer(server, limits);
    // A handshake that fails or takes too long is only told, not ended.
    server.on('tlsClientError', (_error: Error, socket: net.Socket) => socket.destroy());
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => {
      if (!socket.destroyed) new TcpClient(socket, service);
    });
  }

  get size(): number {
    return this.#server.size;
  }

  listen(port: number, host?: string): Promise<number> {
    return this.#server.listen(port, host);
  }

  async close(): Promise<void> {
    for (const group of this.#groups) group.close('dismiss');
    await this.#server.close(graceMs);
  }
}
