import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between nodes and an engine, and does to their connections what networks do. */
export class FaultProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target: number;
  #mode: 'open' | 'silent' | 'refusing' = 'open';
  #cuts = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (near: Socket) => this.#accept(near));
  }

  /** @param target - port of the engine. */
  static async start(target: number): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Leads to another engine from now on. Connections that are open stay where they are, unless they are cut. */
  lead(target: number): void {
    this.#target = target;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Cuts the next connections that get an answer, instead of giving it. */
  cutAnswers(count: number): void {
    this.#cuts = count;
  }

  /** Lets nothing through, in neither direction, until `open`; nobody is told. */
  silence(): void {
    this.#mode = 'silent';
  }

  /** Cuts all connections, and refuses new ones until `open`. */
  refuse(): void {
    this.#mode = 'refusing';
    this.cut();
  }

  open(): void {
    // What was swallowed cannot be made good: such connections are of no use.
    if (this.#mode === 'silent') this.cut();
    this.#mode = 'open';
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    if (this.#mode === 'refusing') {
      near.destroy();
      return;
    }
    const far = connect(this.#target, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (bytes) => {
      if (this.#mode === 'open') far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (this.#mode !== 'open') return;
      if (this.#cuts > 0) {
        this.#cuts -= 1;
        end();
      } else near.write(bytes);
    });
  }
}
