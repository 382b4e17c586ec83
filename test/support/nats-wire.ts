import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A message on its way from the server. */
export interface WireMessage {
  readonly subject: string;
  /** Which subscription of the connection it is for. */
  readonly sid: string;
  readonly reply: string | undefined;
  /** Headers, if any, and payload. */
  readonly body: string;
}

const end = '\r\n';

/** Stands between nodes and a `nats-server`, knows its protocol, and loses what it is told to lose. */
export class NatsWire {
  /** Which messages of the server never arrive. */
  loses: (message: WireMessage) => boolean = () => false;
  /** Whether new connections are refused. */
  refuses = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #frozen = new WeakSet<Socket>();
  #pause: { readonly text: string; readonly work: () => Promise<void> } | undefined;

  private constructor(server: Server, target: number) {
    this.#server = server;
    server.on('connection', (near: Socket) => {
      if (this.refuses) near.destroy();
      else this.#accept(near, connect(target, '127.0.0.1'));
    });
  }

  /** @param target - port of the server. */
  static async start(target: number): Promise<NatsWire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new NatsWire(server, target);
  }

  get servers(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Does some work before a node's next request that has this text goes on to the server. */
  before(text: string, work: () => Promise<void>): void {
    this.#pause = { text, work };
  }

  /** Nothing goes through the connections that are open now, and nobody is told. */
  freeze(): void {
    for (const socket of this.#sockets) this.#frozen.add(socket);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket, far: Socket): void {
    const close = (): void => {
      for (const socket of [near, far]) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', close).on('close', close);
    }
    let sent = Promise.resolve();
    near.on('data', (bytes) => {
      sent = sent.then(() => this.#up(bytes)).then(() => void (this.#frozen.has(near) || far.write(bytes)));
    });
    const split = this.#splitter((bytes) => this.#frozen.has(far) || near.write(bytes));
    far.on('data', split);
  }

  async #up(bytes: Buffer): Promise<void> {
    const pause = this.#pause;
    if (pause === undefined || !bytes.includes(pause.text)) return;
    this.#pause = undefined;
    await pause.work();
  }

  #splitter(write: (bytes: Buffer) => void): (bytes: Buffer) => void {
    let rest: Buffer = Buffer.alloc(0);
    return (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let size = this.#next(rest); size > 0; size = this.#next(rest)) {
        const piece = rest.subarray(0, size);
        rest = rest.subarray(size);
        const message = messageIn(piece);
        if (message === undefined || !this.loses(message)) write(piece);
      }
    };
  }

  /** Bytes of the first whole piece; 0 when it is not whole yet. */
  #next(bytes: Buffer): number {
    const line = bytes.indexOf(end);
    if (line < 0) return 0;
    const head = bytes.subarray(0, line).toString();
    const size = line + end.length + (/^H?MSG /.test(head) ? Number(head.split(' ').at(-1)) + end.length : 0);
    return bytes.length < size ? 0 : size;
  }
}

function messageIn(piece: Buffer): WireMessage | undefined {
  const line = piece.indexOf(end);
  const [kind, subject = '', sid = '', ...rest] = piece.subarray(0, line).toString().split(' ');
  if (kind !== 'MSG' && kind !== 'HMSG') return undefined;
  const sizes = kind === 'MSG' ? 1 : 2;
  const reply = rest.length > sizes ? rest[0] : undefined;
  return { subject, sid, reply, body: piece.subarray(line + end.length).toString() };
}
