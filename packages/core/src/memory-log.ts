import { type Cursor, formatCursor } from './cursor.ts';
import { type CometEvent, type CursorSource, type EventDraft, LogEvent } from './event.ts';
import type { EventLog, Resumability } from './log.ts';
import type { LogLimits } from './options.ts';
import { hash, tagOf } from './tags.ts';

/** The log in memory, bounded by count, bytes and age. It ends with its process: another process has another epoch. */
export class MemoryLog implements EventLog, CursorSource {
  readonly epoch: string;
  readonly #limits: LogLimits;
  readonly #seed: number;
  #events: (CometEvent | undefined)[] = [];
  // When each was appended. Numbers alone lie in the array itself, and not in an object each.
  #times: number[] = [];
  #head = 0;
  #base = 0;
  // All sessions share this text while nothing is published.
  #baseCursor: string | undefined = undefined;
  #bytes = 0;

  /** @param id - a fresh unguessable id, from which the epoch and the tags are derived. */
  constructor(id: string, limits: LogLimits) {
    this.epoch = epochOf(id);
    this.#seed = hash(id);
    this.#limits = limits;
  }

  get base(): number {
    return this.#base;
  }

  get tail(): number {
    return this.#base + this.size;
  }

  get size(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Gives an event its position and keeps it. `now` is in monotonic milliseconds. */
  append(draft: EventDraft, now: number): CometEvent {
    const event = new LogEvent(draft, this.tail + 1, this);
    this.#events.push(event);
    this.#times.push(now);
    this.#bytes += event.bytes;
    while (this.size > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) this.#dropOldest();
    return event;
  }

  at(position: number): CometEvent | undefined {
    return position > this.#base ? this.#events[this.#head + position - this.#base - 1] : undefined;
  }

  next(position: number): CometEvent | undefined {
    return this.at(position + 1);
  }

  previous(position: number): CometEvent | undefined {
    return this.at(position - 1);
  }

  cursorAt(position: number): string | undefined {
    if (position !== this.#base) return this.at(position)?.cursor;
    this.#baseCursor ??= this.cursorOf(position);
    return this.#baseCursor;
  }

  cursorOf(position: number): string {
    return formatCursor(this.epoch, position, tagOf(this.#seed, position));
  }

  check(cursor: Cursor): Resumability {
    if (cursor.epoch !== this.epoch) return 'epoch';
    if (cursor.position > this.tail) return 'fork';
    if (cursor.position < this.#base) return 'trimmed';
    return tagOf(this.#seed, cursor.position) === cursor.tag ? 'resumable' : 'fork';
  }

  // Another incarnation of the log: all of this one is new to the client. A fork of the same one: nothing is certain.
  resumeAfter(cursor: Cursor): number {
    return this.check(cursor) === 'fork' ? this.tail : this.#base;
  }

  trim(now: number): void {
    const oldest = now - this.#limits.maxAgeMs;
    while (this.size > 0 && (this.#times[this.#head] ?? 0) < oldest) this.#dropOldest();
  }

  #dropOldest(): void {
    this.#bytes -= this.#events[this.#head]?.bytes ?? 0;
    this.#events[this.#head] = undefined;
    this.#head += 1;
    this.#base += 1;
    this.#baseCursor = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) this.#compact();
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head);
    this.#times = this.#times.slice(this.#head);
    this.#head = 0;
  }
}

/** Hashes an id to 8 characters of `[0-9a-z]`: 41 bits, enough to distinguish one start of a process from another. */
function epochOf(id: string): string {
  let text = '';
  for (let index = 0; index < 8; index += 1) text += (tagOf(hash(`${index}${id}`), 0) % 36).toString(36);
  return text;
}
