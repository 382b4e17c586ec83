import { type Answer, requestText, Wire } from '../../support/wire.ts';
import { servlet } from './server.ts';

/** Requests to the servlet, each on a connection of its own, as the very bytes. */
export class Talk {
  readonly #port: number;
  readonly #headers: Record<string, string>;
  readonly #wires: Wire[] = [];

  /** @param headers go with every request. */
  constructor(port: number, headers: Record<string, string>) {
    this.#port = port;
    this.#headers = headers;
  }

  async #open(): Promise<Wire> {
    const wire = await Wire.open(this.#port);
    this.#wires.push(wire);
    return wire;
  }

  /** A GET with the query as it is, and its whole answer. */
  async get(query: string, headers: Record<string, string> = {}): Promise<Answer> {
    const text = requestText('GET', `${servlet}?${query}`, { ...this.#headers, ...headers });
    return (await this.#open()).ask(text);
  }

  /** A POST, and its whole answer. */
  async post(body: string, headers: Record<string, string> = {}, query = ''): Promise<Answer> {
    return (await this.#open()).ask(requestText('POST', `${servlet}${query}`, headers, body));
  }

  /** A GET whose answer stays open. @returns the connection, once the answer holds the text. */
  async open(query: string, until?: string): Promise<Wire> {
    const wire = await this.#open();
    wire.send(requestText('GET', `${servlet}?${query}`, this.#headers));
    if (until !== undefined) await wire.until(({ body }) => body.includes(until));
    return wire;
  }

  /** Drops every connection that was made. */
  close(): void {
    for (const wire of this.#wires.splice(0)) wire.socket.destroy();
  }
}
