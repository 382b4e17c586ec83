import { createSseDecoder, decodeEnvelope, type SseDecoder, type SseMessage } from '@cometkit/codec';
import type { Participant, SimTransport, Surroundings } from './actor.ts';
import { Exchange, type SimReceiver } from './network.ts';
import type { Handed } from './oracle.ts';

// A browser has no watch of its own; a page that minds connects anew. Two heartbeats and a half. Units: ms.
const silenceMs = 25_000;
const retryMs = 2000;
const lookMs = 1000;

/**
 * A bare EventSource: one GET, nothing acknowledged, and after a failure the same GET with the id of the last event.
 */
export class EventSourceReader implements Participant, SimReceiver {
  readonly handed: Handed[] = [];
  readonly published = new Map<string, 'open' | 'accepted' | 'unknown'>();
  readonly problems: string[] = [];
  readonly id = undefined;
  readonly line = undefined;
  readyAt: number | undefined;
  cursor: string | undefined;
  requests = 0;
  connections = 0;
  readonly #at: Surroundings;
  readonly #url: string;
  readonly #accepted: () => number;
  #exchange: Exchange | undefined;
  #text = new TextDecoder();
  #decoder: SseDecoder = createSseDecoder((message) => this.#read(message));
  #heardAt = 0;

  constructor(at: Surroundings, pattern: string, accepted: () => number) {
    this.#at = at;
    this.#accepted = accepted;
    this.#url = `http://server/push?type=join-listen&format=sse&subject=${encodeURIComponent(pattern)}`;
    at.world.at(0, () => this.#connect());
    this.#look();
  }

  /** It only listens. */
  publish(): void {}

  /** Its page has no timers but one, which may come as late as it likes. */
  sleep(): void {}

  /** There is but one way: it is gone anew. */
  use(_transport: SimTransport | 'auto'): void {
    this.#close();
    this.#connect();
  }

  head(status: number): void {
    if (status !== 200) this.#retry();
  }

  bytes(chunk: Uint8Array): void {
    this.#heardAt = this.#at.world.now;
    this.#decoder.feed(this.#text.decode(chunk, { stream: true }));
    const { lastEventId } = this.#decoder;
    if (lastEventId !== '') this.cursor = lastEventId;
  }

  end(): void {
    this.#retry();
  }

  fail(): void {
    this.#retry();
  }

  #connect(): void {
    const { world, node, faults, exchanges } = this.#at;
    const exchange: Exchange = new Exchange(
      world,
      node,
      faults,
      this.#receiver(() => this.#exchange === exchange),
    );
    this.#exchange = exchange;
    this.#text = new TextDecoder();
    this.#decoder = createSseDecoder((message) => this.#read(message));
    this.#heardAt = world.now;
    this.requests += 1;
    this.connections = 1;
    exchanges.add(exchange);
    const headers: Record<string, string> = this.cursor === undefined ? {} : { 'last-event-id': this.cursor };
    exchange.start({ method: 'GET', url: this.#url, headers, body: '' });
  }

  // What comes of a connection that was given up is nobody's any more.
  #receiver(current: () => boolean): SimReceiver {
    return {
      head: (status) => current() && this.head(status),
      bytes: (chunk) => current() && this.bytes(chunk),
      end: () => current() && this.end(),
      fail: () => current() && this.fail(),
    };
  }

  #read({ event, data, id: cursor }: SseMessage): void {
    if (event === 'join-listen-ack') this.readyAt ??= this.#accepted();
    else if (event === 'message') {
      const { id } = JSON.parse(data) as { readonly id: number | string };
      this.handed.push({ kind: 'data', id, cursor });
    } else if (event === 'gap') {
      const { fields } = decodeEnvelope(data);
      const [from, to] = [Number(fields.get('from')), Number(fields.get('to'))];
      this.handed.push({ kind: 'gap', from, to, cursor, reason: String(fields.get('reason')) });
    }
  }

  #close(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined) return;
    this.#at.exchanges.delete(exchange);
    exchange.abort();
  }

  #retry(): void {
    this.#close();
    this.#at.world.at(retryMs, () => {
      if (this.#exchange === undefined) this.#connect();
    });
  }

  #look(): void {
    const { world } = this.#at;
    if (this.#exchange !== undefined && world.now - this.#heardAt > silenceMs) {
      this.#close();
      this.#connect();
    }
    world.at(lookMs, () => this.#look());
  }
}
