import { type Server, STATUS_CODES } from 'node:http';
import type { FiniteResponse, HttpHeaders } from '@cometkit/handler';

/** The bytes of an answer, and how they are written. */
export interface ResponseBytes {
  readonly bytes: string | Uint8Array;
  readonly encoding: 'latin1' | undefined;
}

const nameShape = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valueShape = /^[\t\x20-\x7e\x80-\xff]*$/;

interface Line {
  readonly value: string | readonly string[];
  readonly text: string;
}

/**
 * Writes the heads of responses, exactly as the Node server behind would.
 *
 * @throws {TypeError} a header contains characters that would split it into several.
 */
export class ResponseHeads {
  readonly #server: Server;
  // Most headers are the same in every answer. The names are ours.
  readonly #lines = new Map<string, Line>();
  #second = 0;
  #timeoutMs = 0;
  #ending = '';
  #lastEnding = '';

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Writes the head of a response with a chunked body.
   *
   * @returns latin1 text: one character per byte.
   */
  chunked(status: number, headers: HttpHeaders, last: boolean): string {
    return `${this.#head(status, headers, last)}Transfer-Encoding: chunked\r\n\r\n`;
  }

  /** A whole answer in one piece. */
  finite({ status, headers, body }: FiniteResponse, last: boolean): ResponseBytes {
    const head = this.#head(status, headers, last);
    if (status === 204 || status === 304) return { bytes: `${head}\r\n`, encoding: 'latin1' };
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const start = `${head}Content-Length: ${length}\r\n\r\n`;
    if (typeof body === 'string' && length === body.length)
      return { bytes: start + body, encoding: 'latin1' };
    const rest = typeof body === 'string' ? Buffer.from(body) : body;
    return { bytes: Buffer.concat([Buffer.from(start, 'latin1'), rest]), encoding: undefined };
  }

  #head(status: number, headers: HttpHeaders, last: boolean): string {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    for (const name in headers) {
      // What becomes of the connection is said below.
      if (name !== 'connection') text += this.#line(name, headers[name] ?? '');
    }
    this.#renew();
    return text + (last ? this.#lastEnding : this.#ending);
  }

  #line(name: string, value: string | readonly string[]): string {
    const known = this.#lines.get(name);
    if (known !== undefined && known.value === value) return known.text;
    const text =
      typeof value === 'string' ? lineOf(name, value) : value.map((one) => lineOf(name, one)).join('');
    this.#lines.set(name, { value, text });
    return text;
  }

  #renew(): void {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    const timeoutMs = this.#server.keepAliveTimeout;
    if (second === this.#second && timeoutMs === this.#timeoutMs) return;
    this.#second = second;
    this.#timeoutMs = timeoutMs;
    const date = `Date: ${new Date(now).toUTCString()}\r\n`;
    const timeout = timeoutMs >= 1000 ? `Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n` : '';
    this.#ending = `${date}Connection: keep-alive\r\n${timeout}`;
    this.#lastEnding = `${date}Connection: close\r\n`;
  }
}

function lineOf(name: string, value: string): string {
  if (!nameShape.test(name) || !valueShape.test(value))
    throw new TypeError(`the header ${name} cannot be sent`);
  return `${name}: ${value}\r\n`;
}
