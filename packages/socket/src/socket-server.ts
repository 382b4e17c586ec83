import type { AddressInfo, Server, Socket } from 'node:net';

/** A server of plain sockets. */
export interface SocketServer {
  /** Connections, or clients, that there are now. */
  readonly size: number;
  /**
   * Starts to listen.
   *
   * @param port - 0 for any free port.
   * @param host - `0.0.0.0` or `::` opens the server to the network.
   * @defaultValue `host` is `127.0.0.1`: only programs on this machine can connect.
   * @returns the port.
   * @throws the error of the system, for example `EADDRINUSE`.
   */
  listen(port: number, host?: string): Promise<number>;
  /**
   * Stops serving and ends everything that is open; resolves when that is done. Clients with a session are told `abort` with
   * the time to come back after, `retryMs`; sessions live on for their lease.
   */
  close(): Promise<void>;
}

/** Where a server listens that was not told. */
export const defaultHost = '127.0.0.1';

/** Counts what comes from one address, and refuses what is too much. */
export class AddressCounts {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Counts a connection of an address.
   *
   * @returns false, without counting it, if the limit is reached.
   */
  add(address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  remove(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count <= 1) this.#counts.delete(address);
    else this.#counts.set(address, count - 1);
  }
}

/** A TCP server that knows its sockets, and has no more of them than it may. */
export class CountedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #addresses: AddressCounts;
  readonly #maxConnections: number;

  constructor(server: Server, limits: { maxConnections: number; maxConnectionsPerAddress: number }) {
    this.#server = server;
    this.#maxConnections = limits.maxConnections;
    this.#addresses = new AddressCounts(limits.maxConnectionsPerAddress);
    server.prependListener('connection', (socket: Socket) => this.#count(socket));
  }

  get size(): number {
    return this.#sockets.size;
  }

  listen(port: number, host: string = defaultHost): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Stops listening; after the grace whatever is open is cut (milliseconds). */
  async close(graceMs: number): Promise<void> {
    if (!this.#server.listening) return;
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    clearTimeout(timer);
    // The server knows that its sockets are closed before their own listeners do.
    while (this.#sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #count(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (this.#sockets.size >= this.#maxConnections || !this.#addresses.add(address)) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#addresses.remove(address);
    });
  }
}
