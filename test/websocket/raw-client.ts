import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';

/** One frame as it lay on the wire. */
export interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What a frame is to be made of; a client's frames are masked unless a test says otherwise. */
export interface FrameParts {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly payload?: string | Uint8Array;
  readonly masked?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Makes the bytes of a frame, correct or not. */
export function frame(parts: FrameParts): Buffer {
  const { opcode = opcodes.text, final = true, masked = true, reserved = 0 } = parts;
  const payload = Buffer.from(parts.payload ?? '');
  const head = [(final ? 0x80 : 0) | (reserved << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (payload.length < 126) head.push(maskBit | payload.length);
  else if (payload.length <= 0xffff) head.push(maskBit | 126, payload.length >> 8, payload.length & 0xff);
  else head.push(maskBit | 127, 0, 0, 0, 0, ...uint32(payload.length));
  if (!masked) return Buffer.concat([Buffer.from(head), payload]);
  const mask = randomBytes(4);
  const hidden = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}

/** Makes the payload of a close frame. */
export function closing(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** The headers of a correct handshake. */
export function handshakeHeaders(key = randomBytes(16).toString('base64')): Record<string, string> {
  return {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
  };
}

/** What a server must answer to a key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

const patienceMs = 4000;

/** A WebSocket client that does nothing by itself: a test writes every byte and reads every frame. */
export class RawClient {
  readonly socket: net.Socket;
  /** Status line and headers of the answer to the handshake. */
  head = '';
  /** Whole frames, in their order. */
  readonly frames: Frame[] = [];
  /** True when the server has ended or reset the connection. */
  ended = false;
  #bytes = Buffer.alloc(0);
  #listeners = new Set<() => void>();
  #read = 0;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => this.#end());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** Connects and asks for an upgrade. @returns resolves with the head of the answer there, whatever it says. */
  static async ask(
    port: number,
    target = '/push',
    headers = handshakeHeaders(),
    method = 'GET',
  ): Promise<RawClient> {
    const client = await RawClient.start(port, target, headers, method);
    await client.wait('the answer to the handshake', () => client.head !== '' || client.ended);
    return client;
  }

  /** Connects and asks for an upgrade, whose answer may be long in coming. */
  static async start(
    port: number,
    target = '/push',
    headers = handshakeHeaders(),
    method = 'GET',
  ): Promise<RawClient> {
    const client = new RawClient(await connected(port));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    client.socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return client;
  }

  /** Connects and upgrades. */
  static async open(
    port: number,
    target = '/push',
    headers: Record<string, string> = {},
  ): Promise<RawClient> {
    const client = await RawClient.ask(port, target, { ...handshakeHeaders(), ...headers });
    if (client.status !== 101) throw new Error(`not upgraded: ${client.head}`);
    return client;
  }

  get status(): number {
    return Number(this.head.split(' ')[1]);
  }

  /** The text messages that have come, parsed. */
  get messages(): Record<string, unknown>[] {
    return this.frames
      .filter(({ opcode }) => opcode === opcodes.text)
      .map(({ payload }) => JSON.parse(payload.toString('utf8')));
  }

  /** The code of the close frame that has come. */
  get closeCode(): number | undefined {
    const found = this.frames.find(({ opcode }) => opcode === opcodes.close);
    if (found === undefined) return undefined;
    return found.payload.length >= 2 ? found.payload.readUInt16BE(0) : 1005;
  }

  send(...frames: FrameParts[]): void {
    this.socket.write(Buffer.concat(frames.map(frame)));
  }

  /** Sends a command and waits for the next message. */
  async says(event: string, fields: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    this.#read = this.messages.length;
    this.send({ payload: JSON.stringify({ type: event, ...fields }) });
    return await this.next();
  }

  /** The next message that was not asked for yet. */
  async next(): Promise<Record<string, unknown>> {
    await this.wait('a message', () => this.messages.length > this.#read);
    const message = this.messages[this.#read];
    this.#read += 1;
    return message ?? {};
  }

  /** Waits until a message of the event has come. @returns the first one. */
  async hears(event: string, timeoutMs = patienceMs): Promise<Record<string, unknown>> {
    const found = () => this.messages.find((message) => message['type'] === event);
    await this.wait(event, () => found() !== undefined, timeoutMs);
    return found() ?? {};
  }

  /** Waits for the close frame. @returns its code. */
  async closed(): Promise<number> {
    await this.wait('a close frame', () => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  /** Waits for the end of the connection. */
  end(timeoutMs?: number): Promise<void> {
    return this.wait('the end', () => this.ended, timeoutMs);
  }

  wait(what: string, holds: () => boolean, timeoutMs: number = patienceMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      const timer = setTimeout(
        () => reject(new Error(`no ${what}; got ${this.head} ${JSON.stringify(this.messages.slice(-5))}`)),
        timeoutMs,
      );
      this.#listeners.add(look);
      look();
    });
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.head === '') {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.head = this.#bytes.subarray(0, end).toString('latin1');
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    if (this.status === 101) while (this.#cut());
    this.#tell();
  }

  #cut(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    const short = (bytes[1] ?? 0) & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return false;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return false;
    const first = bytes[0] ?? 0;
    const payload = bytes.subarray(start, start + length);
    this.frames.push({ final: (first & 0x80) !== 0, opcode: first & 0x0f, payload });
    this.#bytes = bytes.subarray(start + length);
    return true;
  }

  #end(): void {
    this.ended = true;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function connected(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}
