import type { Session } from '@cometkit/core';
import type { ApplicationChanges } from './application-changes.ts';
import type { HeldSessions } from './held-sessions.ts';
import type { SessionRecord } from './record.ts';

const atOnce = 100;
const againMs = 1000;

/**
 * Compares the sessions of this node with their records when the engine has lost entries of the log: what those said of sessions stands
 * in the records still. A session without a record stays as it is.
 */
export class Recheck {
  readonly #held: HeldSessions;
  readonly #application: ApplicationChanges;
  readonly #waiting = new Set<Session>();
  #running = false;

  constructor(held: HeldSessions, application: ApplicationChanges) {
    this.#held = held;
    this.#application = application;
    held.cluster.watch({ seen: () => undefined, lost: () => this.#lost() });
  }

  // Whoever has no channel here is taken in anew when its client comes back.
  #lost(): void {
    const { hub, cluster } = this.#held;
    for (const session of [...hub.sessions()]) {
      if (!this.#held.holds(session)) continue;
      this.#held.stale(session);
      if (session.attached || this.#application.isChanging(session)) this.#waiting.add(session);
      else cluster.park(session);
    }
    if (this.#running || this.#waiting.size === 0) return;
    this.#running = true;
    this.#held.inBackground(this.#run(), 'sessions after a loss of the engine');
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#held.hub.closed) {
      const some = [...this.#waiting].slice(0, atOnce);
      const left = await Promise.all(some.map((session) => this.#isLeft(session)));
      for (const [index, session] of some.entries()) if (!left[index]) this.#waiting.delete(session);
      if (left.includes(true))
        await new Promise<void>((resolve) => void this.#held.runtime.later(resolve, againMs));
    }
    this.#running = false;
  }

  // Later, while a command of it is under way, or the engine is away.
  async #isLeft(session: Session): Promise<boolean> {
    try {
      const kept = await this.#held.records.load(session.id);
      if (session.closed || kept === undefined) return false;
      if (this.#application.isChanging(session)) return true;
      this.#compare(session, kept.record);
      return false;
    } catch {
      return true;
    }
  }

  #compare(session: Session, { subscriptions, revoked, generation }: SessionRecord): void {
    const { hub, cluster } = this.#held;
    if (generation > session.generation) {
      cluster.park(session);
      return;
    }
    const kept = new Set(subscriptions.map(({ id }) => id));
    const gone = session.subscriptions.filter(({ id }) => !kept.has(id));
    this.#application.quietly(() => {
      hub.revoke(session, (one) => gone.includes(one) && revoked.includes(one.id));
      for (const { id } of gone)
        if (session.subscriptions.some((one) => one.id === id)) hub.unsubscribe(session, id);
    });
    const here = new Set(session.subscriptions.map(({ id }) => id));
    for (const { from: _, ...parts } of subscriptions.filter(({ id }) => !here.has(id)))
      this.#held.inBackground(
        cluster.change(session.id, { kind: 'subscribe', ...parts }),
        'a subscription that the engine has lost',
      );
  }
}
