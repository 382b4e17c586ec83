import type { CometEvent } from './event.ts';
import type { Session } from './session.ts';

/** Where an event was published, and when. It does not hold the event, which may be large and gone from the log. */
interface Published {
  readonly position: number;
  readonly cursor: string;
  /** Unix milliseconds. */
  readonly time: number;
  /** When it was published, in monotonic milliseconds. */
  readonly at: number;
}

const keepMs = 120_000;
const keepCount = 1024;

/**
 * Remembers what each session published under which message id, so that a publish that is retried is accepted once.
 *
 * @remarks Keeps up to 1,024 ids per session, for two minutes, and forgets them with the session. Without a session or an id
 *   it remembers nothing.
 */
export class PublishMemory {
  readonly #bySession = new WeakMap<Session, Map<string, Published>>();

  /** Finds what the session has already published under an id. @returns undefined when there is nothing. */
  lookup(session: Session | undefined, messageId: string | undefined, now: number): Published | undefined {
    if (session === undefined || messageId === undefined) return undefined;
    const known = this.#bySession.get(session)?.get(messageId);
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
    const known = this.#of(session);
    const { position, cursor, time } = event;
    known.delete(messageId);
    known.set(messageId, { position, cursor, time, at: now });
    for (const [id, { at }] of known) {
      if (known.size <= keepCount && now - at < keepMs) break;
      known.delete(id);
    }
  }

  #of(session: Session): Map<string, Published> {
    let known = this.#bySession.get(session);
    if (known === undefined) {
      known = new Map();
      this.#bySession.set(session, known);
    }
    return known;
  }
}
