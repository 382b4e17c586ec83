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
 * Sessions that have ended and had published or asked under a message id, for two minutes.
 *
 * @remarks
 * A proxy may send a publish or a request twice, and the session may end between the two. Without this memory the second copy would
 * be answered as if nothing had been accepted, and the client would send it again in its next session.
 */
export class EndedPublishers {
  readonly #ended = new Map<string, Ended>();
  readonly #now: () => number;

  constructor(hub: Hub, now: () => number) {
    this.#now = now;
    hub.on('session-closed', (session) => {
      if (contextOf(session)?.published) this.#keep(session);
    });
  }

  /** Finds the ended session with an id, if it published or asked under a message id while it lived. */
  find(id: string): Session | undefined {
    const ended = this.#ended.get(id);
    return ended !== undefined && this.#now() - ended.at < keepMs ? ended.session : undefined;
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
