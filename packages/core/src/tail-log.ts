import { type Cursor, formatCursor, unproven } from './cursor.ts';
import { type CometEvent, type EventDraft, LogEvent } from './event.ts';
import type { SessionChange } from './hub-cluster.ts';
import type { EventLog, Hole, LogEntry, Resumability } from './log.ts';
import type { LogLimits } from './options.ts';
import { tagOf } from './tags.ts';

/** A change of a session, at its place of the log. Readers of events pass it by. */
export interface ControlEntry {
  readonly kind: 'control';
  readonly position: number;
  readonly cursor: string;
  readonly session: string;
  readonly change: SessionChange;
  /** The node that made it. */
  readonly node: string;
}

interface Kept {
  readonly entry: LogEntry | ControlEntry;
  readonly tag: number;
  readonly at: number;
}

/** From one accident of the engine to the next. */
interface Life {
  readonly epoch: string;
  /** The position after which it begins. */
  readonly start: number;
  /** Its last position that this node has read; Infinity while it lasts. */
  end: number;
}

// Cursors of older lives are not told from those of another hub.
const maxLives = 16;

/** A node's replica of the log that all nodes share: its newest part, bounded by count, bytes and age. */
export class TailLog implements EventLog {
  readonly #limits: LogLimits;
  #kept: (Kept | undefined)[] = [];
  #head = 0;
  #lives: Life[] = [{ epoch: '0', start: 0, end: Number.POSITIVE_INFINITY }];
  // The changes that are kept, of each session.
  #changes = new Map<string, ControlEntry[]>();
  #base = 0;
  #baseTag = 0;
  #baseCursor = formatCursor('0', 0, 0);
  #tail = 0;
  #bytes = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  get epoch(): string {
    return this.#life.epoch;
  }

  get base(): number {
    return this.#base;
  }

  get tail(): number {
    return this.#tail;
  }

  get size(): number {
    return this.#kept.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Begins at a position of a life, and forgets whatever was kept. */
  begin(epoch: string, position: number, tag: number): void {
    for (const life of this.#lives) life.end = Math.min(life.end, this.#tail);
    this.#kept = [];
    this.#changes = new Map();
    this.#head = this.#bytes = 0;
    this.#lives = [{ epoch, start: position, end: Number.POSITIVE_INFINITY }];
    this.#base = this.#tail = position;
    this.#baseTag = tagOf(tag, position);
    this.#baseCursor = formatCursor(epoch, position, this.#baseTag);
  }

  /** Begins another life behind what is kept, from which a hole parts it. */
  renew(epoch: string, position: number, tag: number, now: number): Hole {
    this.#life.end = this.#tail;
    this.#lives.push({ epoch, start: position, end: Number.POSITIVE_INFINITY });
    if (this.#lives.length > maxLives) this.#lives.shift();
    return this.#lose(this.#tail + 1, position, tagOf(tag, position), now);
  }

  /** Keeps an event. `seed` is the tag of its frame, `now` in monotonic milliseconds. */
  append(draft: EventDraft, position: number, seed: number, now: number): CometEvent {
    const tag = tagOf(seed, position);
    const event = new LogEvent(draft, position, formatCursor(this.epoch, position, tag));
    this.#keep(event, tag, now);
    return event;
  }

  /** Keeps a change of a session. */
  control(given: Omit<ControlEntry, 'kind' | 'cursor'>, seed: number, now: number): ControlEntry {
    const tag = tagOf(seed, given.position);
    const cursor = formatCursor(this.epoch, given.position, tag);
    const entry: ControlEntry = { kind: 'control', cursor, ...given };
    const changes = this.#changes.get(given.session);
    if (changes === undefined) this.#changes.set(given.session, [entry]);
    else changes.push(entry);
    this.#keep(entry, tag, now);
    return entry;
  }

  /** Keeps the place of what is gone. */
  lose(from: number, to: number, now: number): Hole {
    return this.#lose(from, to, unproven, now);
  }

  /** The changes of a session after a position, oldest first. */
  changesOf(session: string, after: number): ControlEntry[] {
    return this.#changes.get(session)?.filter(({ position }) => position > after) ?? [];
  }

  at(position: number): CometEvent | undefined {
    const entry = this.#at(position)?.entry;
    return entry?.kind === 'data' ? entry : undefined;
  }

  next(position: number): LogEntry | undefined {
    for (let index = this.#after(position); index < this.#kept.length; index += 1) {
      const entry = this.#kept[index]?.entry;
      if (entry !== undefined && entry.kind !== 'control') return entry;
    }
    return undefined;
  }

  previous(position: number): LogEntry | undefined {
    for (let index = this.#after(position - 1) - 1; index >= this.#head; index -= 1) {
      const entry = this.#kept[index]?.entry;
      if (entry !== undefined && entry.kind !== 'control') return entry;
    }
    return undefined;
  }

  cursorAt(position: number): string | undefined {
    return position === this.#base ? this.#baseCursor : this.#at(position)?.entry.cursor;
  }

  check({ epoch, position, tag }: Cursor): Resumability | 'ahead' {
    const life = this.#lives.findLast((one) => one.epoch === epoch);
    if (life === undefined) return 'epoch';
    if (position > life.end) return 'engine';
    if (position > this.#tail) return 'ahead';
    if (position < this.#base) return 'trimmed';
    const found = position === this.#base ? this.#baseTag : this.#tagAt(position);
    // What this node has lost, another may have seen: neither of them can prove it to the other.
    return found === tag || found === unproven || tag === unproven ? 'resumable' : 'fork';
  }

  resumeAfter(cursor: Cursor): number {
    const found = this.check(cursor);
    if (found === 'fork' || found === 'ahead') return this.#tail;
    const life = this.#lives.findLastIndex(({ epoch }) => epoch === cursor.epoch);
    if (life >= 0) return Math.max(found === 'engine' ? (this.#lives[life + 1]?.start ?? 0) : 0, this.#base);
    return Math.max(this.#afterUnknown(cursor.position), this.#base);
  }

  trim(now: number): void {
    const oldest = now - this.#limits.maxAgeMs;
    for (let kept = this.#kept[this.#head]; kept !== undefined && kept.at < oldest; ) {
      this.#dropOldest();
      kept = this.#kept[this.#head];
    }
  }

  // A life that has come and gone without this node. Positions rise over all lives: its client has had nothing of one that began behind
  // its place. Of any other it may have had whatever there is.
  #afterUnknown(position: number): number {
    return this.#lives.find(({ start }) => start > position)?.start ?? this.#tail;
  }

  get #life(): Life {
    return this.#lives.at(-1) as Life;
  }

  #lose(from: number, to: number, tag: number, now: number): Hole {
    const hole: Hole = { kind: 'hole', from, position: to, cursor: formatCursor(this.epoch, to, tag) };
    this.#keep(hole, tag, now);
    return hole;
  }

  #keep(entry: LogEntry | ControlEntry, tag: number, at: number): void {
    this.#kept.push({ entry, tag, at });
    this.#tail = entry.position;
    this.#bytes += bytesOf(entry);
    const { maxEvents, maxBytes } = this.#limits;
    while (this.size > maxEvents || this.#bytes > maxBytes) this.#dropOldest();
  }

  #at(position: number): Kept | undefined {
    const kept = this.#kept[this.#after(position - 1)];
    return kept?.entry.position === position ? kept : undefined;
  }

  // A place within a hole is known to nobody here.
  #tagAt(position: number): number | undefined {
    const kept = this.#kept[this.#after(position - 1)];
    if (kept?.entry.position === position) return kept.tag;
    return kept?.entry.kind === 'hole' && kept.entry.from <= position ? unproven : undefined;
  }

  /** The index of the first entry after a position. */
  #after(position: number): number {
    let first = this.#head;
    let end = this.#kept.length;
    // Positions are dense as a rule.
    const guess = this.#head + position - this.#base;
    if (guess >= first && guess < end && this.#positionAt(guess) === position + 1) return guess;
    while (first < end) {
      const middle = (first + end) >> 1;
      if (this.#positionAt(middle) <= position) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  #positionAt(index: number): number {
    return this.#kept[index]?.entry.position ?? 0;
  }

  #forget({ session }: ControlEntry): void {
    const changes = this.#changes.get(session);
    // Its oldest.
    changes?.shift();
    if (changes?.length === 0) this.#changes.delete(session);
  }

  #dropOldest(): void {
    const kept = this.#kept[this.#head];
    if (kept === undefined) return;
    this.#kept[this.#head] = undefined;
    this.#head += 1;
    this.#base = kept.entry.position;
    this.#baseTag = kept.tag;
    this.#baseCursor = kept.entry.cursor;
    this.#bytes -= bytesOf(kept.entry);
    if (kept.entry.kind === 'control') this.#forget(kept.entry);
    if (this.#head > 1024 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
  }
}

// What a place without an event counts as.
const placeBytes = 200;

function bytesOf(entry: LogEntry | ControlEntry): number {
  return entry.kind === 'data' ? entry.bytes : placeBytes;
}
