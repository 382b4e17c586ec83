import type { CometEvent } from './event.ts';
import type { Groups } from './groups.ts';
import type { Sessions } from './sessions.ts';
import type { SubjectIndex } from './subject-index.ts';
import type { EventSink, Interest, Wakeable } from './subscription.ts';

/**
 * Offers an accepted event to every session that should get it, then wakes those sessions.
 *
 * There are two steps because waking runs application code, which may publish, subscribe or leave. So the index is never read
 * while it changes, and every queue has an event before the next one can be published. What that code publishes is queued for
 * its turn instead of being dispatched deeper in the stack.
 */
export class Dispatcher {
  readonly #index: SubjectIndex<Interest>;
  readonly #sessions: Sessions;
  readonly #groups: Groups;
  #toWake: Wakeable[] = [];
  #busy = false;

  constructor(index: SubjectIndex<Interest>, sessions: Sessions, groups: Groups) {
    this.#index = index;
    this.#sessions = sessions;
    this.#groups = groups;
  }

  dispatch(event: CometEvent): void {
    const nested = this.#busy;
    this.#busy = true;
    this.#offerToAll(event);
    if (!nested) this.#wakeAll();
  }

  /** Wakes one more: now, or after those that are already scheduled. */
  scheduleWake(wakeable: Wakeable): void {
    this.#toWake.push(wakeable);
    if (!this.#busy) this.#wakeAll();
  }

  #offerToAll(event: CometEvent): void {
    const { scope, to, subject } = event;
    if (scope === 'subject') this.#index.visit(subject, ({ owner }) => this.#offer(owner, event));
    else if (scope === 'all') this.#offerToEverybody(event);
    else if (scope === 'principal') {
      for (const session of this.#sessions.of(to ?? '')) this.#offer(session, event);
    } else {
      const session = this.#sessions.get(to ?? '');
      if (session !== undefined) this.#offer(session, event);
    }
  }

  #offerToEverybody(event: CometEvent): void {
    for (const session of this.#sessions.all()) if (!session.grouped) this.#offer(session, event);
    for (const group of this.#groups.all()) this.#offer(group, event);
  }

  #offer(sink: EventSink, event: CometEvent): void {
    if (sink.offer(event)) this.#toWake.push(sink);
  }

  #wakeAll(): void {
    this.#busy = true;
    // The list may grow while it is walked.
    for (const wakeable of this.#toWake) wakeable.wake();
    this.#toWake = [];
    this.#busy = false;
  }
}
