import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { SeededRandom } from '../sim/random.ts';
import { Gateway } from './gateway.ts';
import { Link } from './link.ts';
import { drawToxic, type FaultName, readsRequest, type strikeKinds, type Toxic } from './toxics.ts';

/** A TCP proxy in front of a server, that spoils connections at will or at random, with a seed. */
export class FaultProxy {
  readonly struck = new Map<FaultName, number>();
  /** How likely a new connection gets a fault. */
  rate = 0;
  /** Faults that take a client many seconds to notice are among them. */
  slow = false;
  /** The fault of every connection that is opened, instead of one drawn. */
  toxic: Toxic | undefined;
  readonly #port: number;
  readonly #random: SeededRandom;
  readonly #links = new Set<Link>();
  readonly #sockets = new Set<Socket>();
  readonly #gateways = new Set<Gateway>();
  #server: Server | undefined;
  #own = 0;

  private constructor(port: number, random: SeededRandom) {
    this.#port = port;
    this.#random = random;
  }

  static async start(port: number, random: SeededRandom): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, random);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#own;
  }

  /** Number of faults so far. */
  get faults(): number {
    return [...this.struck.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Something befalls a connection that is open, or the proxy itself. */
  async strike(kind: (typeof strikeKinds)[number]): Promise<void> {
    if (kind === 'refuse') {
      if (this.#server === undefined) return;
      this.#count(kind);
      await this.refuse(this.#random.integer(50, 400));
      return;
    }
    const open = [...this.#links].filter((link) => link.open);
    if (open.length === 0) return;
    const link = this.#random.pick(open);
    this.#count(kind);
    if (kind === 'cut') link.reset();
    else if (kind === 'cut-end') link.end();
    else if (kind === 'cut-silent') link.silence();
    else link.hold(this.#random.integer(200, 2500));
  }

  /** Nobody gets in for a while. */
  async refuse(ms: number): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.#listen();
  }

  /** Every connection is reset. */
  cut(): void {
    for (const link of this.#links) link.reset();
    for (const gateway of this.#gateways) gateway.reset();
  }

  /** On every connection nothing passes any more. */
  silence(): void {
    for (const link of this.#links) link.silence();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) =>
      this.#server ? this.#server.close(resolve) : resolve(undefined),
    );
    this.cut();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #listen(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#own, '127.0.0.1', () => {
        this.#own = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const toxic = this.#draw();
    if (toxic && readsRequest(toxic)) {
      const gateway = new Gateway(socket, this.#port, toxic, () => this.#count(toxic.kind));
      this.#gateways.add(gateway);
      socket.on('close', () => setTimeout(() => this.#gateways.delete(gateway), 2000).unref());
      return;
    }
    let first = toxic;
    const draw = (): Toxic | undefined => {
      const drawn = first ?? this.#draw();
      first = undefined;
      return drawn && readsRequest(drawn) ? undefined : drawn;
    };
    const link = new Link(socket, this.#port, draw, ({ kind }) => this.#count(kind));
    this.#links.add(link);
    this.#sockets.add(link.server);
    link.server.on('close', () => {
      this.#sockets.delete(link.server);
      this.#links.delete(link);
    });
  }

  #draw(): Toxic | undefined {
    return this.toxic ?? (this.#random.chance(this.rate) ? drawToxic(this.#random, this.slow) : undefined);
  }

  #count(kind: FaultName): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }
}
