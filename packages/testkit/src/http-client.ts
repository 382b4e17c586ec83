import http from 'node:http';

/** A request that a test sends over a real socket. */
export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Cuts the connection, also while the answer is still awaited. */
  readonly signal?: AbortSignal;
}

/** An answer that was read to its end. */
export interface Received {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const patienceMs = 3000;

/** Sends a request on a connection of its own and reads the whole answer. */
export async function send(url: string, options: SendOptions = {}): Promise<Received> {
  const stream = await openStream(url, options);
  const body = await stream.rest();
  return { status: stream.status, headers: stream.headers, body };
}

/** Sends a request and resolves as soon as the head of the answer is there. */
export function openStream(url: string, options: SendOptions = {}): Promise<ReceivedStream> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const request = http.request(url, { method: body === undefined ? 'GET' : 'POST', ...rest, agent: false });
    request.on('response', (response) => resolve(new ReceivedStream(request, response)));
    request.on('error', reject);
    request.end(body);
  });
}

/** An answer while it comes in. */
export class ReceivedStream {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly #request: http.ClientRequest;
  readonly #chunks: string[] = [];
  #ended = false;
  #listeners = new Set<() => void>();

  constructor(request: http.ClientRequest, response: http.IncomingMessage) {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.#request = request;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.#chunks.push(chunk);
      this.#tell();
    });
    response.on('close', () => {
      this.#ended = true;
      this.#tell();
    });
    response.on('error', () => this.#tell());
  }

  /** Everything that has come so far. */
  get text(): string {
    return this.#chunks.join('');
  }

  /** True once the answer is over, whichever way. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Waits for a text, so many times.
   *
   * @returns everything received so far.
   * @throws {Error} the text does not come within three seconds.
   */
  async until(text: string, times = 1): Promise<string> {
    const search = new Search(text);
    let read = 0;
    const enough = () => {
      for (; read < this.#chunks.length; read += 1) search.feed(this.#chunks[read] ?? '');
      return search.found >= times;
    };
    await this.#wait(enough, `${JSON.stringify(text)} ${times} times`);
    return this.text;
  }

  /** Waits for the end of the answer and gives all of it. */
  async rest(): Promise<string> {
    await this.#wait(() => this.#ended, 'the end of the answer');
    return this.#chunks.join('');
  }

  /** Cuts the connection. */
  close(): void {
    this.#request.destroy();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #wait(done: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const settled = done();
        if (!settled && !this.#ended) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        if (settled) resolve();
        else reject(new Error(`the answer ended without ${what}: ${this.text.slice(-500)}`));
      };
      const late = () => {
        this.#listeners.delete(look);
        reject(new Error(`no ${what} within ${patienceMs} ms: ${this.text.slice(-500)}`));
      };
      const timer = setTimeout(late, patienceMs);
      this.#listeners.add(look);
      look();
    });
  }
}

/** Counts a text in what comes in pieces, looking at each piece once: a test may wait for the last of many megabytes. */
class Search {
  readonly #text: string;
  #carry = '';
  found = 0;

  constructor(text: string) {
    this.#text = text;
  }

  feed(chunk: string): void {
    const text = this.#carry + chunk;
    let from = 0;
    for (let at = text.indexOf(this.#text); at >= 0; at = text.indexOf(this.#text, from)) {
      this.found += 1;
      from = at + this.#text.length;
    }
    this.#carry = text.slice(Math.max(from, text.length - this.#text.length + 1));
  }
}
