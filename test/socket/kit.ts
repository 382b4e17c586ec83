import dgram from 'node:dgram';
import net from 'node:net';
import {
  createHub,
  createNodeHandler,
  type Hub,
  type HubOptions,
  type NodeHandlerOptions,
} from '@cometkit/node';
import {
  createDatagramServer,
  createXmlSocketServer,
  type DatagramOptions,
  type SocketServer,
  type XmlSocketOptions,
} from '@cometkit/socket';
import { onTestFinished } from 'vitest';

/** A message as it came in. */
export type Message = Record<string, unknown>;

/** What a server of a test can be told. */
export interface ServeOptions<O> {
  readonly socket?: O;
  readonly handler?: NodeHandlerOptions;
  readonly hub?: HubOptions;
}

/** A server on a free port of the loopback that ends with its test. */
export interface Served {
  readonly hub: Hub;
  readonly port: number;
  readonly server: SocketServer;
  readonly errors: unknown[];
}

const patienceMs = 4000;

/** Serves TCP. */
export function serveTcp(options: ServeOptions<XmlSocketOptions> = {}): Promise<Served> {
  return serve(options, (push) => createXmlSocketServer(push, options.socket));
}

/** Serves UDP. */
export function serveUdp(options: ServeOptions<DatagramOptions> = {}): Promise<Served> {
  return serve(options, (push) => createDatagramServer(push, options.socket));
}

async function serve(
  options: ServeOptions<unknown>,
  create: (push: ReturnType<typeof createNodeHandler>) => SocketServer,
): Promise<Served> {
  const hub = createHub(options.hub);
  const errors: unknown[] = [];
  const push = createNodeHandler(hub, {
    authorize: { publish: true },
    onError: (error) => errors.push(error),
    ...options.handler,
  });
  const server = create(push);
  const port = await server.listen(0);
  onTestFinished(async () => {
    await push.close();
    await server.close();
  });
  return { hub, port, server, errors };
}

/** What waits for something to come in. */
abstract class Ear {
  readonly #listeners = new Set<() => void>();

  wait(what: string, holds: () => boolean, timeoutMs: number = patienceMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      const late = () => reject(new Error(`no ${what}; got ${this.heard().slice(-600)}`));
      const timer = setTimeout(late, timeoutMs);
      this.#listeners.add(look);
      look();
    });
  }

  protected abstract heard(): string;

  protected tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A TCP connection on which a test writes the very bytes. */
export class TcpCaller extends Ear {
  readonly socket: net.Socket;
  text = '';
  /** The server has ended its side. */
  ended = false;
  closed = false;
  #read = 0;

  constructor(socket: net.Socket) {
    super();
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
      this.tell();
    });
    socket.on('end', () => {
      this.ended = true;
      this.tell();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.closed = true;
      this.tell();
    });
  }

  static override call(port: number, host = '127.0.0.1'): Promise<TcpCaller> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host, allowHalfOpen: true }, () => resolve(new TcpCaller(socket)));
      socket.once('error', reject);
      onTestFinished(() => void socket.destroy());
    });
  }

  /** The JSON lines so far. */
  get lines(): Message[] {
    return this.text
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  /** The documents so far. */
  get documents(): string[] {
    return this.text.split('\0').slice(0, -1);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends a command as a line and waits for the next line. */
  async says(event: string, fields: Message = {}): Promise<Message> {
    const before = this.lines.length;
    this.write(`${JSON.stringify({ type: event, ...fields })}\n`);
    await this.wait(`an answer to ${event}`, () => this.lines.length > before);
    return this.lines[before] ?? {};
  }

  /** Sends an element and waits for the next document. */
  async tells(element: string): Promise<string> {
    const before = this.documents.length;
    this.write(`${element}\0`);
    await this.wait(`an answer to ${element}`, () => this.documents.length > before);
    return this.documents[before] ?? '';
  }

  /** Waits for a line of the event. */
  async hears(event: string): Promise<Message> {
    const found = () => this.lines.find((line) => line['type'] === event);
    await this.wait(event, () => found() !== undefined);
    return found() ?? {};
  }

  /** The data of the events so far. */
  get data(): unknown[] {
    return this.lines.filter((line) => line['type'] === 'data').map((line) => line['data']);
  }

  until(text: string): Promise<void> {
    return this.wait(text, () => this.text.includes(text));
  }

  /** Everything that came since it was asked last. */
  news(): string {
    const text = this.text.slice(this.#read);
    this.#read = this.text.length;
    return text;
  }

  end(timeoutMs?: number): Promise<void> {
    return this.wait('the end', () => this.ended, timeoutMs);
  }

  protected override heard(): string {
    return this.text;
  }
}

/** A UDP client. */
export class UdpCaller extends Ear {
  readonly socket: dgram.Socket;
  readonly #port: number;
  readonly #host: string;
  readonly datagrams: Message[] = [];
  bytes = 0;
  token: string | undefined = undefined;
  #request = 0;

  constructor(socket: dgram.Socket, port: number, host: string) {
    super();
    this.socket = socket;
    this.#port = port;
    this.#host = host;
    socket.on('message', (bytes) => {
      this.bytes += bytes.length;
      this.datagrams.push(JSON.parse(bytes.toString('utf8')));
      this.tell();
    });
  }

  static override async call(port: number, host = '127.0.0.1'): Promise<UdpCaller> {
    const socket = dgram.createSocket(host === '127.0.0.1' ? 'udp4' : 'udp6');
    await new Promise<void>((resolve) => {
      socket.bind(0, host, resolve);
    });
    onTestFinished(() => void socket.close());
    return new UdpCaller(socket, port, host);
  }

  /** Makes a client that has proved its address and joined. */
  static async joined(port: number, fields: Message = {}): Promise<UdpCaller> {
    const caller = await UdpCaller.call(port);
    await caller.prove();
    await caller.says('join', fields);
    return caller;
  }

  send(text: string | Message): void {
    this.socket.send(typeof text === 'string' ? text : JSON.stringify(text), this.#port, this.#host);
  }

  /** Asks for a token. */
  async prove(): Promise<void> {
    this.send({ type: 'join', padding: 'x'.repeat(100) });
    this.token = String((await this.hears('challenge'))['token']);
  }

  /** Sends a numbered command with the token and waits for its answer. */
  async says(event: string, fields: Message = {}): Promise<Message> {
    this.#request += 1;
    const number = this.#request;
    this.send({ type: event, token: this.token, requestId: number, ...fields });
    const found = () => this.datagrams.find((datagram) => datagram['requestId'] === number);
    await this.wait(`an answer to ${event}`, () => found() !== undefined);
    return found() ?? {};
  }

  async hears(event: string): Promise<Message> {
    const found = () => this.datagrams.find((datagram) => datagram['type'] === event);
    await this.wait(event, () => found() !== undefined);
    return found() ?? {};
  }

  of(event: string): Message[] {
    return this.datagrams.filter((datagram) => datagram['type'] === event);
  }

  protected override heard(): string {
    return JSON.stringify(this.datagrams);
  }
}

/** Lets what is under way arrive. */
export function settled(ms = 60): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
