import { connect, type Socket } from 'node:net';

/** As much of one HTTP answer as has come. */
export interface Answer {
  readonly status: number;
  /** Header lines as they were sent, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body so far, chunks taken apart, as UTF-8. */
  readonly body: string;
  /** True when the whole answer is there. */
  readonly complete: boolean;
}

/** The values of a header, one for each of its lines. */
export function valuesOf(answer: Answer, name: string): string[] {
  return answer.headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
}

/** The text of a request; `target` goes into the request line as it is. */
export function requestText(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body = '',
): string {
  const sized = body === '' ? headers : { 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries({ Host: '127.0.0.1', ...sized }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** One TCP connection on which a test writes and reads the very bytes. */
export class Wire {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #watchers = new Set<() => void>();
  /** True when the server has ended or reset the connection. */
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#tell();
    });
    socket.on('error', () => this.#end());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  static open(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      const wire = new Wire(socket);
      socket.once('connect', () => resolve(wire));
      socket.once('error', reject);
    });
  }

  /** The bytes that came since the last {@link send}. */
  get bytes(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  /** The answer to the last request, as far as it has come. */
  get answer(): Answer {
    return readAnswer(this.bytes, this.ended);
  }

  /** Writes a request, text as UTF-8, and forgets the answer to the one before. */
  send(request: string | Buffer): this {
    this.#chunks = [];
    this.socket.write(request);
    return this;
  }

  /** Waits until the answer satisfies a condition. @throws not in time, or the connection ended before. */
  until(condition: (answer: Answer) => boolean, timeoutMs = 10_000): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        done();
      };
      const fail = (why: string) => settle(() => reject(new Error(`${why}; got: ${this.bytes}`)));
      const look = () => {
        const { answer } = this;
        if (condition(answer)) settle(() => resolve(answer));
        else if (this.ended) fail('the connection ended');
      };
      const timer = setTimeout(() => fail(`not in ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Sends a request and waits for the whole answer. */
  ask(request: string | Buffer): Promise<Answer> {
    return this.send(request).until((answer) => answer.complete);
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #end(): void {
    this.ended = true;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

const none: Answer = { status: 0, headers: [], body: '', complete: false };

/** Reads the first answer in the bytes. */
export function readAnswer(bytes: Buffer, ended: boolean): Answer {
  const split = bytes.indexOf('\r\n\r\n');
  if (split < 0) return none;
  const [statusLine = '', ...lines] = bytes.subarray(0, split).toString('latin1').split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(split + 4);
  const value = (name: string) => headers.find(([given]) => given.toLowerCase() === name)?.[1];
  if (value('transfer-encoding') === 'chunked') return { status, headers, ...readChunks(rest) };
  const length = value('content-length');
  const complete = length === undefined ? ended : rest.length >= Number(length);
  return { status, headers, body: rest.toString('utf8'), complete };
}

function readChunks(bytes: Buffer): Pick<Answer, 'body' | 'complete'> {
  const parts: Buffer[] = [];
  let at = 0;
  let complete = false;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    complete = size === 0;
    if (complete || bytes.length < lineEnd + 2 + size) break;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return { body: Buffer.concat(parts).toString('utf8'), complete };
}
