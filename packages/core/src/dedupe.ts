import type { CometEvent } from './event.ts';
import type { Session } from './session.ts';

interface Published {
  readonly event: CometEvent;
  readonly at: number;
}

const keepMs = 120_000;
const keepCount = 1024;

/**
 * Remembers what a session published under which message id, so that a publish that is sent again, because its answer was
 * lost, is accepted once. Units: two minutes, 1,024 ids per session; it goes with its session.
 */
export class PublishMemory {
  readonly #bySession = new WeakMap<Session, Map<string, Published>>();

  /** What this session already published under the id. */
  recall(session: Session, messageId: string, now: number): CometEvent | undefined {
    const known = this.#bySession.get(session)?.get(messageId);
    return known !== undefined && now - known.at < keepMs ? known.event : undefined;
  }

  remember(session: Session, messageId: string, event: CometEvent, now: number): void {
    let known = this.#bySession.get(session);
    if (known === undefined) {
      known = new Map();
      this.#bySession.set(session, known);
    }
    known.delete(messageId);
    known.set(messageId, { event, at: now });
    for (const [id, { at }] of known) {
      if (known.size <= keepCount && now - at < keepMs) break;
      known.delete(id);
    }
  }
}
