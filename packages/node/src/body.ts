import type { IncomingMessage } from 'node:http';
import { CometError } from '@cometkit/core';
import type { RequestBody } from '@cometkit/handler';

/**
 * Reads a request's body as UTF-8, unless a parser in front has read it already.
 *
 * The bytes are counted as they arrive, so nothing past the limit is kept.
 *
 * @throws {CometError} `body-too-large` — the body exceeds the limit; `malformed-request` — the client disconnected half-way.
 */
export function readBody(
  request: IncomingMessage & { readonly body?: unknown },
  limitBytes: number,
): Promise<RequestBody> {
  // Express 4 sets `body` to {} without having read anything: what tells is whether the stream is at its end.
  if (request.readableEnded) return Promise.resolve({ kind: 'parsed', value: request.body ?? {} });
  if (request.destroyed) return Promise.reject(brokenOff());
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => new BodyReader(request, limitBytes).read(resolve, reject));
}

class BodyReader {
  readonly #request: IncomingMessage;
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(request: IncomingMessage, limitBytes: number) {
    this.#request = request;
    this.#limitBytes = limitBytes;
  }

  read(resolve: (body: RequestBody) => void, reject: (error: CometError) => void): void {
    let whole = false;
    // Every request closes. An error is some 10 µs, for its stack.
    const gone = () => {
      if (!whole) reject(brokenOff());
    };
    this.#request.on('data', (chunk: Buffer) => {
      if (!this.#take(chunk)) reject(tooLarge(this.#limitBytes));
    });
    this.#request.once('end', () => {
      whole = true;
      resolve({ kind: 'text', text: Buffer.concat(this.#chunks).toString('utf8') });
    });
    this.#request.once('error', gone);
    this.#request.once('close', gone);
  }

  #take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#limitBytes) {
      this.#chunks.push(chunk);
      return true;
    }
    this.#chunks = [];
    return false;
  }
}

function brokenOff(): CometError {
  return new CometError('malformed-request', 'the body broke off', { reason: 'body' });
}

function tooLarge(limit: number): CometError {
  return new CometError('body-too-large', `the body is larger than ${limit} bytes`, { limit });
}
