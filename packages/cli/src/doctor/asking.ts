import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from 'node:zlib';
import { Deadline } from '../deadline.ts';
import { faultOf } from '../unreachable.ts';

/** A request of the doctor's. */
export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Put behind the target's own query. */
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** In milliseconds. @defaultValue 10 000 ms */
  readonly timeoutMs?: number;
}

/** What came back: an answer, or why there is none. */
export interface Answer {
  /** 0 when there is no answer. */
  readonly status: number;
  /** Such as `1.1`. */
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, up to its first 64 Ki characters. */
  readonly text: string;
  /** From the request to the end, in milliseconds. */
  readonly ms: number;
  /** The code of what failed: `ECONNREFUSED`, `late`, … */
  readonly fault: string | undefined;
}

const maxText = 65_536;
const patienceMs = 10_000;

/** A server, and how it is asked. */
export class Target {
  readonly url: URL;
  readonly stop: AbortSignal;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: http.Agent;
  /** Headers of every answer so far, by which the doctor tells what stands in between. */
  readonly seen: IncomingHttpHeaders[] = [];
  /** Pages that came instead of messages: error pages say whose they are. */
  readonly pages: string[] = [];

  constructor(url: URL, headers: Readonly<Record<string, string>>, stop: AbortSignal) {
    this.url = url;
    this.stop = stop;
    this.#headers = headers;
    const Agent = url.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true });
  }

  /** Headers that the user gave. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /** Asks and reads the whole answer. It never rejects. */
  async ask(asked: Asked): Promise<Answer> {
    const begin = performance.now();
    const deadline = new Deadline(this.stop, asked.timeoutMs ?? patienceMs);
    let response: IncomingMessage | undefined;
    let text = '';
    let fault: string | undefined;
    try {
      response = await this.begin(asked, deadline.signal);
      text = await textOf(decoded(response));
    } catch (error) {
      fault = deadline.late ? 'late' : faultOf(error);
    } finally {
      deadline.end();
    }
    const { statusCode: status = 0, httpVersion = '', headers = {} } = response ?? {};
    if (text !== '' && headers['content-type']?.includes('html')) this.pages.push(text);
    return { status, httpVersion, headers, text, ms: performance.now() - begin, fault };
  }

  /** Sends a request. @returns the answer's head, with its body still to come. @throws there is none. */
  begin({ method = 'POST', headers, query, body }: Asked, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
    const text = body === undefined ? undefined : JSON.stringify(body);
    const typed = text === undefined ? {} : { 'content-type': 'application/json' };
    const { request } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const all = { 'accept-encoding': 'gzip, deflate, br', ...typed, ...this.#headers, ...headers };
      const sent = request(url, { method, headers: all, agent: this.#agent, signal });
      sent.on('response', (response) => {
        this.seen.push(response.headers);
        resolve(response);
      });
      // Behind the head the body tells of it.
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The body as it was before somebody compressed it, each piece as soon as it is there. */
export function decoded(response: IncomingMessage): Readable {
  const coding = response.headers['content-encoding']?.toLowerCase();
  const decoder = {
    gzip: () => createGunzip({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH }),
    deflate: () => createInflate({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH }),
    br: () => createBrotliDecompress({ flush: zlib.BROTLI_OPERATION_FLUSH }),
  }[coding ?? ''];
  if (decoder === undefined) return response;
  const stream = decoder();
  response.on('error', (error) => stream.destroy(error));
  response.on('aborted', () => stream.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' })));
  return response.pipe(stream);
}

async function textOf(body: Readable): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxText) {
      body.destroy();
      return text.slice(0, maxText);
    }
  }
  return text;
}
