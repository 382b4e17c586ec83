import { type Client, createClient } from '@cometkit/client';
import { eventSource } from '@cometkit/client/transports';
import { EventSource } from 'eventsource';
import { readElements } from '../classic/kit/readers.ts';
import { note } from './diary.ts';
import type { Handed } from './judge.ts';

/** The kinds of clients that there are in Node. */
export const readerKinds = [
  'stream',
  'long-poll',
  'poll',
  'event-source',
  'bare EventSource',
  'original, pull',
] as const;

/** One of them. */
export type ReaderKind = (typeof readerKinds)[number];

/** A client of any kind, and a record of what it has handed over. */
export interface Reader {
  readonly kind: ReaderKind;
  readonly handed: Handed[];
  /** What it does at the moment, for people. */
  readonly state: string;
  /** The number of the newest event that has come. */
  readonly last: number;
  readonly ready: Promise<void>;
  close(): Promise<void> | void;
}

let count = 0;

/** The name of the next reader's diary. */
function diaryOf(kind: ReaderKind): string {
  count += 1;
  return `reader-${count}-${kind.replace(/\W+/g, '-')}`;
}

/** Connects a client to the address of an endpoint. */
export function connect(kind: ReaderKind, url: string): Reader {
  if (kind === 'bare EventSource') return new BareReader(url);
  if (kind === 'original, pull') return new OriginalReader(url);
  return new OwnReader(kind, url);
}

class OwnReader implements Reader {
  readonly kind: ReaderKind;
  readonly handed: Handed[] = [];
  readonly ready: Promise<void>;
  readonly #client: Client;
  #error = '';
  last = 0;

  constructor(kind: 'stream' | 'long-poll' | 'poll' | 'event-source', url: string) {
    this.kind = kind;
    const diary = diaryOf(kind);
    const transport = kind === 'event-source' ? eventSource(EventSource) : kind;
    this.#client = createClient(url, { transports: [transport] });
    this.#client.on('error', ({ message }) => {
      this.#error = message;
    });
    const subscription = this.#client.subscribe('/a', { gaps: true });
    subscription.on((item) => {
      note(diary, () => JSON.stringify(item));
      if (item.kind === 'data') {
        this.last = (item.data as { id: number }).id;
        this.handed.push({ kind: 'event', id: this.last, cursor: item.cursor });
      } else this.handed.push({ kind: 'gap', reason: item.reason, from: item.from, to: item.to });
    });
    this.ready = subscription.ready;
  }

  get state(): string {
    return `${this.#client.state} ${this.#error}`;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

class BareReader implements Reader {
  readonly kind = 'bare EventSource';
  readonly handed: Handed[] = [];
  readonly ready: Promise<void>;
  readonly #url: string;
  readonly #diary = diaryOf(this.kind);
  #source: EventSource | undefined;
  last = 0;

  constructor(url: string) {
    this.#url = `${url}?subject=/a`;
    this.ready = new Promise((resolve) => this.#open(resolve));
  }

  get state(): string {
    return ['connecting', 'open', 'closed'][this.#source?.readyState ?? 2] ?? '';
  }

  close(): void {
    this.#source?.close();
  }

  #open(ready: () => void): void {
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener('join-listen-ack', () => ready());
    source.addEventListener('message', ({ data, lastEventId }) => {
      note(this.#diary, () => `${lastEventId} ${data}`);
      this.last = (JSON.parse(data) as { id: number }).id;
      this.handed.push({ kind: 'event', id: this.last, cursor: lastEventId });
    });
    source.addEventListener('gap', ({ data }) => {
      note(this.#diary, () => `gap ${data}`);
      this.handed.push({ kind: 'gap', ...JSON.parse(data) });
    });
    // What the balancer answers while no node is up is final for an EventSource. A page makes a new one, which knows no place.
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return;
      this.handed.push({ kind: 'gap', reason: 'expired', from: 0, to: 0 });
      setTimeout(() => this.#open(ready), 100);
    });
  }
}

/** As a page of the original does with XMLHttpRequest: it follows `p_url`, and joins anew when it is refused. */
class OriginalReader implements Reader {
  readonly kind = 'original, pull';
  readonly handed: Handed[] = [];
  readonly ready: Promise<void>;
  readonly #url: string;
  readonly #diary = diaryOf(this.kind);
  #closed = false;
  #joins = 0;
  last = 0;

  constructor(url: string) {
    this.#url = url;
    this.ready = new Promise((resolve) => void this.#run(resolve));
  }

  get state(): string {
    return `joined ${this.#joins} times`;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(ready: () => void): Promise<void> {
    let next: string | undefined;
    while (!this.#closed) {
      const asked = next ?? '?p_event=join-listen&p_subject=/a&p_mode=pull&p_format=xml';
      note(this.#diary, () => `asks ${asked}`);
      const text = await this.#ask(asked);
      if (text === undefined) continue; // cut off: the same once more
      const refresh = this.#take(text, next === undefined);
      if (refresh !== undefined) ready();
      next = refresh;
    }
  }

  async #ask(query: string): Promise<string | undefined> {
    try {
      const response = await fetch(new URL(query, this.#url), { signal: AbortSignal.timeout(30_000) });
      const text = await response.text();
      if (response.status < 500) return text;
    } catch {
      // cut off, or nobody there
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return undefined;
  }

  /** @returns where to go on; undefined when the session is gone. */
  #take(text: string, joining: boolean): string | undefined {
    note(this.#diary, () => text.replaceAll('\n', ' '));
    if (text.startsWith('<html>')) return undefined; // refused
    let refresh: string | undefined;
    for (const fields of readElements(text)) {
      const { p_event: word, id, p_gap: gap, p_url: url } = fields;
      if (word === 'data') {
        this.last = Number(id);
        this.handed.push({ kind: 'event', id: this.last });
      } else if (word === 'refresh') refresh = url;
      else if (word === 'join-listen-ack' && joining) this.#joins += 1;
      if (word === 'gap' || gap !== undefined || (word === 'join-listen-ack' && this.#joins > 1))
        this.handed.push({ kind: 'gap', reason: 'maybe', from: 0, to: 0 });
    }
    return refresh;
  }
}
