import type { Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { type RefusedRequest, totalsOf } from '@cometkit/handler';

/** One thing that happened to a session. */
export interface Happening {
  readonly session: string;
  /** In Unix milliseconds. */
  readonly time: number;
  readonly what: 'opened' | 'closed' | 'gap' | 'refused';
  /** Why it was closed, why events are missing, or the error code of what was refused. */
  readonly reason?: string;
  /** The hook that refused, the pattern or subject that it was asked about, and the sentence that the client got. */
  readonly hook?: string;
  readonly about?: string;
  readonly said?: string;
  /** Positions of the first and the last missing event. */
  readonly from?: number;
  readonly to?: number;
}

const perSession = 20;
const maxSessions = 5000;
const maxRecent = 50;
const maxRefusals = 5;

/**
 * Remembers what happened to the sessions of a hub: the last 20 things of each of the 5,000 sessions to which something
 * happened last, ended ones included; of refusals the last five, each once.
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
    totalsOf(hub).onRefused.add((refused) => this.#addRefusal(refused));
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

  // A client may be refused as often as it likes: it drives out neither other things of its session nor those of others.
  #addRefusal({ session, code: reason, reason: said, hook, about }: RefusedRequest): void {
    if (session === undefined || session.closed) return;
    const list = this.#listOf(session.id);
    const old = list.filter(({ what }) => what === 'refused');
    const [first] = old;
    const same = old.find((one) => one.reason === reason && one.hook === hook && one.about === about);
    const dropped = same ?? (old.length >= maxRefusals ? first : undefined);
    if (dropped !== undefined) list.splice(list.indexOf(dropped), 1);
    const what = { ...(hook !== undefined && { hook }), ...(about !== undefined && { about }) };
    this.#push(list, { session: session.id, time: this.#now(), what: 'refused', reason, ...what, said });
  }

  #add(happening: Happening): void {
    this.#push(this.#listOf(happening.session), happening);
    if (this.#recent.push(happening) > maxRecent) this.#recent.shift();
  }

  // Makes its session the one to which something happened last.
  #listOf(session: string): Happening[] {
    const list = this.#sessions.get(session) ?? [];
    this.#sessions.delete(session);
    this.#sessions.set(session, list);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
    return list;
  }

  #push(list: Happening[], happening: Happening): void {
    if (list.push(happening) > perSession) list.shift();
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
