import { type Cursor, formatCursor } from './cursor.ts';
import { type CometEvent, type EventDraft, LogEvent } from './event.ts';
import type { EventLog, Resumability } from './log.ts';
import type { LogLimits } from './options.ts';
import { hash, tagOf } from './tags.ts';

interface Entry {
  readonly event: CometEvent;
  readonly tag: number;
  readonly at: number;
}

/** The log in memory, bounded by count, bytes and age. It ends with its process: another process has another epoch. */
export class MemoryLog implements EventLog {
  readonly epoch: string;
  readonly #limits: LogLimits;
  readonly #seed: number;
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #base = 0;
  #baseTag: number;
  // All sessions share this text while nothing is published.
  #baseCursor: string | undefined = undefined;
  #bytes = 0;

  /** @param id - a fresh unguessable id, from which the epoch and the tags are derived. */
  constructor(id: string, limits: LogLimits) {
    this.epoch = epochOf(id);
    this.#seed = hash(id);
    this.#limits = limits;
    this.#baseTag = tagOf(this.#seed, 0);
  }

  get base(): number {
    return this.#base;
  }

  get tail(): number {
    return this.#base + this.size;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Gives an event its position and keeps it. `now` is in monotonic milliseconds. */
  append(draft: EventDraft, now: number): CometEvent {
    const position = this.tail + 1;
    const tag = tagOf(this.#seed, position);
    const event = new LogEvent(draft, position, formatCursor(this.epoch, position, tag));
    this.#entries.push({ event, tag, at: now });
    this.#bytes += event.bytes;
    while (this.size > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) this.#dropOldest();
    return event;
  }

  at(position: number): CometEvent | undefined {
    return this.#entry(position)?.event;
  }

  next(position: number): CometEvent | undefined {
    return this.at(position + 1);
  }

  previous(position: number): CometEvent | undefined {
    return this.at(position - 1);
  }

  cursorAt(position: number): string | undefined {
    if (position !== this.#base) return this.#entry(position)?.event.cursor;
    this.#baseCursor ??= formatCursor(this.epoch, position, this.#baseTag);
    return this.#baseCursor;
  }

  check(cursor: Cursor): Resumability {
    if (cursor.epoch !== this.epoch) return 'epoch';
    if (cursor.position > this.tail) return 'fork';
    if (cursor.position < this.#base) return 'trimmed';
    const tag = cursor.position === this.#base ? this.#baseTag : this.#entry(cursor.position)?.tag;
    return tag === cursor.tag ? 'resumable' : 'fork';
  }

  // Another incarnation of the log: all of this one is new to the client. A fork of the same one: nothing is certain.
  resumeAfter(cursor: Cursor): number {
    return this.check(cursor) === 'fork' ? this.tail : this.#base;
  }

  trim(now: number): void {
    const oldest = now - this.#limits.maxAgeMs;
    for (let entry = this.#entries[this.#head]; entry !== undefined && entry.at < oldest; ) {
      this.#dropOldest();
      entry = this.#entries[this.#head];
    }
  }

  #entry(position: number): Entry | undefined {
    return position > this.#base ? this.#entries[this.#head + position - this.#base - 1] : undefined;
  }

  #dropOldest(): void {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#base += 1;
    this.#baseTag = entry.tag;
    this.#baseCursor = entry.event.cursor;
    this.#bytes -= entry.event.bytes;
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) this.#compact();
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

/** Hashes an id to 8 characters of `[0-9a-z]`: 41 bits, enough to distinguish one start of a process from another. */
function epochOf(id: string): string {
  let text = '';
  for (let index = 0; index < 8; index += 1) text += (tagOf(hash(`${index}${id}`), 0) % 36).toString(36);
  return text;
}
