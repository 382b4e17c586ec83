import type { JsonValue } from '@cometkit/core';
import { classicName, modernName, modernType } from '../classic-names.ts';
import { tooLarge } from '../machine/too-large.ts';
import type { WireEvent, WireFields } from '../machine/wire.ts';
import { addressOf } from './address.ts';
import { oversizedGap } from './oversized.ts';
import type { Sink, Transport } from './transport.ts';

// A page keeps every script that it ran: beyond this a new one is opened (UTF-16 units).
const maxPageChars = 4 * 1024 * 1024;
const maxFields = 128;

interface FramePage {
  readonly document: Document;
  /** The window whose `push` the scripts of the page in the frame call. */
  readonly window: object;
  remove(): void;
}

/**
 * Receives over a page that never ends, in a hidden frame, of which every script calls `parent.push`.
 *
 * The parent is an intermediate page of our own, so that the application's window stays clean. It works only with a server of
 * the same origin.
 */
export function iframe(): Transport {
  return {
    name: 'iframe',
    open(endpoint, fields, sink) {
      const page = createPage();
      if (page === undefined) {
        sink.end({ code: 'unsupported' });
        return () => undefined;
      }
      const receiver = new Receiver(sink, page, endpoint.maxEventChars);
      Object.assign(page.window, { push: (...values: unknown[]) => receiver.push(values) });
      const frame = page.document.createElement('iframe');
      frame.addEventListener('load', () => receiver.end({ code: 'cut' }));
      frame.src = addressOf(endpoint, classicFields(fields), 'p_key');
      page.document.body.append(frame);
      return () => receiver.stop();
    },
  };
}

/** What the calls of one page go to. */
class Receiver {
  readonly #sink: Sink;
  readonly #page: FramePage;
  readonly #limit: number;
  #open = true;
  #chars = 0;

  constructor(sink: Sink, page: FramePage, limit: number) {
    this.#sink = sink;
    this.#page = page;
    this.#limit = limit;
  }

  push(values: readonly unknown[]): void {
    if (!this.#open) return;
    const size = values.reduce<number>((sum, value) => sum + String(value).length, 0);
    this.#chars += size;
    const event = eventOf(values, this.#limit);
    if (event === undefined) this.end(size > this.#limit ? tooLarge(this.#limit) : { code: 'malformed' });
    else this.#sink.data([event], size);
    if (this.#chars > maxPageChars) this.end({ code: 'cut', reason: 'the page is full' });
  }

  end(failure: Parameters<Sink['end']>[0]): void {
    if (!this.#open) return;
    this.stop();
    this.#sink.end(failure);
  }

  stop(): void {
    this.#open = false;
    // Not in the middle of a script of the page that goes.
    setTimeout(() => this.#page.remove(), 0);
  }
}

// Old Internet Explorers click and spin for every frame that loads, but not inside such a file.
function createPage(): FramePage | undefined {
  const { ActiveXObject, document } = globalThis as {
    ActiveXObject?: new (name: string) => Document;
    document?: Document;
  };
  if (document === undefined) return undefined;
  if (ActiveXObject !== undefined) {
    const file = new ActiveXObject('htmlfile');
    file.open();
    file.write('<html><body></body></html>');
    file.close();
    const { parentWindow: window } = file as unknown as { parentWindow: object };
    return {
      document: file,
      window,
      remove: () => {
        file.body.innerHTML = '';
      },
    };
  }
  const outer = document.createElement('iframe');
  outer.hidden = true;
  document.body.append(outer);
  const { contentWindow: window, contentDocument: inner } = outer;
  if (window === null || inner === null) return undefined;
  return { document: inner, window, remove: () => outer.remove() };
}

// A page of scripts is a format of the original protocol.
function classicFields({ key, show, ...fields }: WireFields): WireFields {
  const renamed = Object.entries({ format: 'js', ...fields }).map(([name, value]) => [
    classicName(name),
    value,
  ]);
  return { ...Object.fromEntries(renamed), key, show };
}

// Names and values alternate; `data` is JSON text. Times are in seconds.
function eventOf(values: readonly unknown[], limit: number): WireEvent | undefined {
  const fields = new Map<string, JsonValue>();
  if (values.length > 2 * maxFields) return undefined;
  for (let index = 0; index + 1 < values.length; index += 2) {
    const [name, value] = [String(values[index]), String(values[index + 1])];
    fields.set(modernName(name), name === 'p_time' ? `${value}000` : value);
  }
  if (values.some((value) => String(value).length > limit)) return oversizedGap(fields);
  const type = fields.get('type');
  const data = fields.get('data');
  if (typeof type !== 'string') return undefined;
  const event = modernType(type);
  if (typeof data !== 'string') return { event, fields };
  try {
    fields.set('data', JSON.parse(data) as JsonValue);
  } catch {
    return undefined; // not what our server writes
  }
  return { event, fields };
}
