import { type Decoder, type DecoderOptions, FrameDecoder, type Framing } from '../decoder.ts';
import { DecodeError } from '../errors.ts';

/** A message of a server-sent event stream. */
export interface SseMessage {
  /** Its type; `message` when the stream names none. */
  readonly event: string;
  /** Its text, lines joined with LF. */
  readonly data: string;
  /** The last event id of the stream at this point; empty when there was none. */
  readonly id: string;
}

/** Options of an SSE decoder. */
export interface SseDecoderOptions extends DecoderOptions {
  /** Called when the stream sets the time to wait before a reconnect, in milliseconds. */
  readonly onRetry?: (retryMs: number) => void;
}

/** A decoder that also knows the last event id. */
export interface SseDecoder extends Decoder {
  /** The last event id, also from blocks without data; empty when there was none. */
  readonly lastEventId: string;
}

/**
 * Makes a decoder of server-sent events that behaves like a browser's: it drops an incomplete block at the end of the stream
 * without an error.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createSseDecoder(
  onMessage: (message: SseMessage) => void,
  options: SseDecoderOptions = {},
): SseDecoder {
  const framing = new SseFraming(onMessage, options);
  const decoder = new FrameDecoder(framing, options);
  return {
    feed: (chunk) => decoder.feed(chunk),
    end: () => decoder.end(),
    reset: () => decoder.reset(),
    get lastEventId() {
      return framing.lastEventId;
    },
  };
}

class SseFraming implements Framing {
  lastEventId = '';
  readonly #onMessage: (message: SseMessage) => void;
  readonly #onRetry: ((retryMs: number) => void) | undefined;
  readonly #maxChars: number;
  readonly #lineEnd = /[\r\n]/g;
  #first = true;
  #afterCr = false;
  #event = '';
  #id = '';
  #data: string[] = [];
  #dataChars = 0;

  constructor(onMessage: (message: SseMessage) => void, options: SseDecoderOptions) {
    this.#onMessage = onMessage;
    this.#onRetry = options.onRetry;
    this.#maxChars = options.maxBufferedChars ?? 1_048_576;
  }

  scan(chunk: string, from: number): number {
    this.#lineEnd.lastIndex = from;
    const match = this.#lineEnd.exec(chunk);
    if (match === null) return -1;
    const next = match.index + 1;
    return match[0] === '\r' && chunk[next] === '\n' ? next + 1 : next;
  }

  read(line: string): void {
    // The LF of a CRLF that was split between two chunks: the CR has already ended the line.
    const leftOver = this.#afterCr && line === '\n';
    this.#afterCr = line.endsWith('\r');
    if (leftOver) return;
    const start = this.#first && line.startsWith('\ufeff') ? 1 : 0;
    this.#first = false;
    const text = line.slice(start).replace(/[\r\n]+$/, '');
    if (text === '') this.#dispatch();
    else this.#field(text);
  }

  finish(): void {
    this.#clear();
  }

  reset(): void {
    this.#clear();
    this.lastEventId = '';
    this.#id = '';
    this.#first = true;
    this.#afterCr = false;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    // [spec] Field names must be compared literally, with no case folding performed. A line with no name is a comment.
    if (name === 'data') this.#addData(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#onRetry?.(Number.parseInt(value, 10));
  }

  #addData(value: string): void {
    this.#dataChars += value.length + 1;
    if (this.#dataChars > this.#maxChars) throw new DecodeError('too-large', 0);
    this.#data.push(value);
  }

  #dispatch(): void {
    // [spec] Set the last event ID string of the event source to the value of the last event ID buffer; only then: if
    // the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return.
    this.lastEventId = this.#id;
    const message = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    const empty = this.#data.length === 0;
    this.#clear();
    if (!empty) this.#onMessage(message);
  }

  #clear(): void {
    this.#event = '';
    this.#data = [];
    this.#dataChars = 0;
  }
}
