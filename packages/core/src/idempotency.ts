import { formatCursor, parseCursor } from './cursor.ts';
import type { CometEvent } from './event.ts';
import { RecentIds } from './recent-ids.ts';
import type { Session } from './session.ts';
import type { SessionMemory } from './session-memory.ts';

/** Where an event was published, and when. It does not hold the event, which may be large and gone from the log. */
interface Published {
  readonly position: number;
  readonly cursor: string;
  /** When it was published, in monotonic milliseconds. */
  readonly at: number;
}

const keepMs = 120_000;
const keepCount = 1024;

/**
 * Remembers what each session published under which message id, so that a publish that is retried is accepted once.
 *
 * @remarks Keeps up to 1,024 ids per session, for two minutes, and forgets them with the session. An id takes 20 bytes. Without a
 *   session or an id it remembers nothing.
 */
export class PublishMemory {
  readonly #bySession = new WeakMap<Session, Messages>();
  readonly #memory: SessionMemory;

  constructor(memory: SessionMemory) {
    this.#memory = memory;
  }

  /** Finds what the session has already published under an id. @returns undefined when there is nothing. */
  lookup(session: Session | undefined, messageId: string | undefined, now: number): Published | undefined {
    if (session === undefined || messageId === undefined) return undefined;
    const known = this.#bySession.get(session)?.find(messageId);
    return known !== undefined && now - known.at < keepMs ? known : undefined;
  }

  /** Remembers an event, and forgets the oldest ones beyond the bounds. */
  remember(
    session: Session | undefined,
    messageId: string | undefined,
    event: CometEvent,
    now: number,
  ): void {
    if (session === undefined || messageId === undefined) return;
    let messages = this.#bySession.get(session);
    if (messages === undefined || !messages.reaches(event.position, now)) {
      this.#memory.hold(session, -(messages?.bytes ?? 0));
      messages = new Messages(event, now);
      this.#bySession.set(session, messages);
      this.#memory.hold(session, messages.bytes);
    }
    const before = messages.bytes;
    messages.add(messageId, event, now, this.#memory.allowance);
    this.#memory.hold(session, messages.bytes - before);
  }
}

/** The messages of one session: hashes of their ids, and positions and times counted from those of the first. */
class Messages {
  readonly #ids = new RecentIds(keepCount, 3);
  readonly #epoch: string;
  readonly #position: number;
  readonly #at: number;

  constructor({ position, cursor }: CometEvent, now: number) {
    this.#epoch = cursor.slice(0, cursor.indexOf('-'));
    // In the middle: in a cluster a message may turn out to be older than the first.
    this.#position = position - middle;
    this.#at = Math.trunc(now);
  }

  get bytes(): number {
    return this.#ids.bytes;
  }

  /** False for what 32 bits cannot count: after 49 days, or two thousand million events. */
  reaches(position: number, now: number): boolean {
    const count = position - this.#position;
    return count >= 0 && count <= most && now - this.#at <= most;
  }

  find(id: string): Published | undefined {
    const slot = this.#ids.find(id);
    if (slot === undefined) return undefined;
    const position = this.#position + this.#ids.read(slot, 0);
    const cursor = formatCursor(this.#epoch, position, this.#ids.read(slot, 2));
    return { position, cursor, at: this.#at + this.#ids.read(slot, 1) };
  }

  add(id: string, { position, cursor }: CometEvent, now: number, room: number): void {
    const slot = this.#ids.add(id, room);
    this.#ids.write(slot, 0, position - this.#position);
    // The time of a hub that was stalled goes back.
    this.#ids.write(slot, 1, Math.max(0, now - this.#at));
    this.#ids.write(slot, 2, parseCursor(cursor)?.tag ?? 0);
  }
}

const most = 0xffff_ffff;
const middle = 0x8000_0000;
