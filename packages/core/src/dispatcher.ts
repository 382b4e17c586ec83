import type { CometEvent } from './event.ts';
import type { Sessions } from './sessions.ts';
import type { SubjectIndex } from './subject-index.ts';
import type { EventSink, Subscription, Wakeable } from './subscription.ts';

/**
 * Offers an accepted event to every session it is meant for, then wakes them.
 *
 * In two steps, since waking runs foreign code, which may publish, subscribe or leave: the index is never read while it
 * changes, and every queue has an event before anybody can publish the next. What is published or confirmed meanwhile
 * is woken for in its turn, not deeper in the stack.
 */
export class Dispatcher {
  readonly #index: SubjectIndex<Subscription>;
  readonly #sessions: Sessions;
  #stirred: Wakeable[] = [];
  #busy = false;

  constructor(index: SubjectIndex<Subscription>, sessions: Sessions) {
    this.#index = index;
    this.#sessions = sessions;
  }

  dispatch(event: CometEvent): void {
    const nested = this.#busy;
    this.#busy = true;
    this.#offerToAll(event);
    if (!nested) this.#wakeAll();
  }

  /** Wakes one more: at once, or after those whose turn it is. */
  stir(wakeable: Wakeable): void {
    this.#stirred.push(wakeable);
    if (!this.#busy) this.#wakeAll();
  }

  #offerToAll(event: CometEvent): void {
    const { scope, to, subject } = event;
    if (scope === 'subject') {
      this.#index.visit(subject, (subscription) => this.#offer(subscription.owner, event));
    } else if (scope === 'session') {
      const session = this.#sessions.get(to ?? '');
      if (session !== undefined) this.#offer(session, event);
    } else {
      const addressed = scope === 'all' ? this.#sessions.all() : this.#sessions.of(to ?? '');
      for (const session of addressed) this.#offer(session, event);
    }
  }

  #offer(sink: EventSink, event: CometEvent): void {
    if (sink.offer(event)) this.#stirred.push(sink);
  }

  #wakeAll(): void {
    this.#busy = true;
    // The list may grow while it is walked.
    for (const wakeable of this.#stirred) wakeable.wake();
    this.#stirred = [];
    this.#busy = false;
  }
}
