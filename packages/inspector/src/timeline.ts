import type { Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';

/** One thing that happened to a session. */
export interface Happening {
  readonly session: string;
  /** In Unix milliseconds. */
  readonly time: number;
  readonly what: 'opened' | 'closed' | 'gap';
  /** Why it was closed, or why events are missing. */
  readonly reason?: string;
  /** Positions of the first and the last missing event. */
  readonly from?: number;
  readonly to?: number;
}

const perSession = 20;
const maxSessions = 5000;
const maxRecent = 50;

/**
 * Remembers what happened to the sessions of a hub: the last 20 things of each of the 5,000 sessions to which something
 * happened last, ended ones included.
 */
export class Timeline {
  readonly #now: () => number;
  // In the order of the last thing that happened.
  readonly #sessions = new Map<string, Happening[]>();
  readonly #recent: Happening[] = [];

  /** @param now - Unix milliseconds. */
  constructor(hub: ClusterHub, now: () => number) {
    this.#now = now;
    hub.on('session-opened', ({ id }) => this.#add({ session: id, time: now(), what: 'opened' }));
    hub.on('session-closed', ({ id }, reason) =>
      this.#add({ session: id, time: now(), what: 'closed', reason }),
    );
    hub.on('gap', (session, gap) => this.#addGap(session, gap));
  }

  /** What happened to a session, oldest first; nothing for one that is not remembered. */
  of(session: string): readonly Happening[] {
    return this.#sessions.get(session) ?? [];
  }

  /** The last 50 things that happened to any session, newest first. */
  recent(): readonly Happening[] {
    return this.#recent.toReversed();
  }

  #addGap({ id }: Session, { from, to, reason }: { from: number; to: number; reason: string }): void {
    this.#add({ session: id, time: this.#now(), what: 'gap', reason, from, to });
  }

  #add(happening: Happening): void {
    const { session } = happening;
    const list = this.#sessions.get(session) ?? [];
    this.#sessions.delete(session);
    this.#sessions.set(session, list);
    if (list.push(happening) > perSession) list.shift();
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
    if (this.#recent.push(happening) > maxRecent) this.#recent.shift();
  }
}

const key = Symbol.for('@cometkit/inspector/timeline@1');

/** Returns the timeline of a hub; it starts with the first call, one for the process. */
export function timelineOf(hub: ClusterHub): Timeline {
  const shared = globalThis as { [key]?: WeakMap<ClusterHub, Timeline> };
  shared[key] ??= new WeakMap();
  let timeline = shared[key].get(hub);
  if (timeline === undefined) {
    timeline = new Timeline(hub, Date.now);
    shared[key].set(hub, timeline);
  }
  return timeline;
}
