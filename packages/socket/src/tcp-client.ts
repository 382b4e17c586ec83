import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Connection, Connections, Peer } from '@cometkit/handler';
import { MessageReader } from './message-reader.ts';
import { policyRequest } from './policy.ts';
import { TcpLink } from './tcp-link.ts';

/** What all clients of a TCP server share. */
export interface TcpService {
  readonly xml: Connections;
  readonly json: Connections;
  readonly handshakeMs: number;
  readonly assemblyMs: number;
  readonly maxMessageBytes: number;
  /** The answer to a policy request at a port. */
  policy(port: number): string;
}

const nul = 0x00;
const lineFeed = 0x0a;
const openAngle = 0x3c;
const openBrace = 0x7b;
// What may stand before the first message and between messages: NUL, TAB, LF, CR, blank.
const blanks: ReadonlySet<number> = new Set([nul, 0x09, lineFeed, 0x0d, 0x20]);
// More of them in a row is no accident.
const maxEmpty = 1024;
const keepAliveMs = 10_000;

/** One TCP connection: its first byte tells which syntax it speaks, and from then on it hands messages over. */
export class TcpClient {
  readonly #service: TcpService;
  readonly #socket: Socket;
  readonly #onData = (chunk: Buffer): void => this.#read(chunk);
  #reader: MessageReader | undefined = undefined;
  #connection: Connection | undefined = undefined;
  #assembly: NodeJS.Timeout | undefined = undefined;
  #first = true;
  #empty = 0;

  constructor(socket: Socket, service: TcpService) {
    this.#socket = socket;
    this.#service = service;
    socket.setNoDelay(true);
    // A peer that vanished without a word is found out by the kernel, if nothing else finds it.
    socket.setKeepAlive(true, keepAliveMs);
    socket.setTimeout(service.handshakeMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', this.#onData);
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#rest());
  }

  /** Goes on to read: messages are welcome again. */
  resume(): void {
    this.#socket.resume();
    this.#pull();
  }

  #read(chunk: Buffer): void {
    const rest = this.#reader === undefined ? this.#begin(chunk) : chunk;
    if (rest === undefined) return;
    this.#reader?.take(rest);
    this.#pull();
  }

  // Returns what to read; undefined if there is nothing yet, or never will be.
  #begin(chunk: Buffer): Buffer | undefined {
    const start = chunk.findIndex((byte) => !blanks.has(byte));
    if (start < 0) {
      this.#skip(chunk.length);
      return undefined;
    }
    const xml = chunk[start] === openAngle;
    if (!xml && chunk[start] !== openBrace) {
      this.#socket.destroy();
      return undefined;
    }
    const { xml: elements, json: lines, maxMessageBytes } = this.#service;
    this.#reader = new MessageReader(xml ? nul : lineFeed, maxMessageBytes);
    this.#socket.setTimeout(0);
    this.#connection = (xml ? elements : lines).open(new TcpLink(this.#socket), peerOf(this.#socket));
    this.#connection.comesFrom(this);
    return chunk.subarray(start);
  }

  #pull(): void {
    for (let text = this.#reader?.next(); text !== undefined; text = this.#reader?.next()) {
      if (text === null) {
        this.#refuse(`the message is longer than ${this.#service.maxMessageBytes} bytes`);
        return;
      }
      this.#rest();
      if (!this.#hand(text.trim())) {
        this.#socket.pause();
        return;
      }
    }
    if (this.#reader?.unfinished === true) this.#watch();
  }

  // Returns false to pause reading.
  #hand(text: string): boolean {
    if (text === '') {
      this.#skip(1);
      return true;
    }
    const first = this.#first;
    this.#first = false;
    this.#empty = 0;
    if (!first || text !== policyRequest) return this.#connection?.receive(text) ?? true;
    this.#socket.write(this.#service.policy(this.#socket.localPort ?? 0));
    this.#connection?.end();
    return true;
  }

  #skip(count: number): void {
    this.#empty += count;
    if (this.#empty > maxEmpty) this.#socket.destroy();
  }

  #watch(): void {
    if (this.#assembly !== undefined) return;
    this.#assembly = setTimeout(() => this.#refuse('the message took too long'), this.#service.assemblyMs);
    this.#assembly.unref();
  }

  #rest(): void {
    clearTimeout(this.#assembly);
    this.#assembly = undefined;
  }

  #refuse(reason: string): void {
    this.#rest();
    this.#socket.off('data', this.#onData);
    this.#connection?.end('malformed-request', reason);
  }

  // A client may close its side and listen on, as `printf … | nc` does; one that does not listen has left.
  #ended(): void {
    this.#rest();
    if (this.#connection === undefined) this.#socket.end();
    else if (!this.#connection.listening && !this.#connection.busy) this.#connection.end();
  }
}

function peerOf(socket: Socket): Peer<Socket> {
  return {
    path: '/',
    header: () => undefined,
    address: socket.remoteAddress ?? '',
    secure: (socket as TLSSocket).encrypted === true,
    native: socket,
  };
}
