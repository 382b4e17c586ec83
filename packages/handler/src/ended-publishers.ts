import type { Hub, Session } from '@cometkit/core';
import { contextOf } from './session-context.ts';

interface Ended {
  readonly session: Session;
  /** When it ended, in monotonic milliseconds. */
  readonly at: number;
}

// As long as the hub remembers the messages of a session.
const keepMs = 120_000;
const keepCount = 1024;

/**
 * Sessions that have ended and had published under a message id, for two minutes.
 *
 * @remarks
 * A proxy may send a publish twice, and the session may end between the two. Without this memory the second copy would be
 * answered as if nothing had been accepted, and the client would publish again in its next session.
 */
export class EndedPublishers {
  readonly #ended = new Map<string, Ended>();
  readonly #hub: Hub;
  readonly #now: () => number;

  constructor(hub: Hub, now: () => number) {
    this.#hub = hub;
    this.#now = now;
    hub.on('session-closed', (session) => {
      if (contextOf(session)?.published) this.#keep(session);
    });
  }

  /** Finds the ended session with an id, if it published under a message id while it lived. */
  find(id: string, messageId: string | undefined): Session | undefined {
    const session = this.#ended.get(id)?.session;
    if (session === undefined || messageId === undefined) return undefined;
    return this.#hub.hasAccepted(session, messageId) ? session : undefined;
  }

  #keep(session: Session): void {
    const now = this.#now();
    this.#ended.set(session.id, { session, at: now });
    for (const [id, { at }] of this.#ended) {
      if (this.#ended.size <= keepCount && now - at < keepMs) break;
      this.#ended.delete(id);
    }
  }
}

const known = new WeakMap<Hub, EndedPublishers>();

/** The ended publishers of a hub, shared by all its handlers. */
export function endedPublishersOf(hub: Hub, now: () => number): EndedPublishers {
  let found = known.get(hub);
  if (found === undefined) {
    found = new EndedPublishers(hub, now);
    known.set(hub, found);
  }
  return found;
}
