import type { CometEvent } from './event.ts';
import type { Sessions } from './sessions.ts';
import type { SubjectIndex } from './subject-index.ts';
import type { Subscription } from './subscription.ts';

/** Offers an accepted event to every session it is meant for. A session that fails does not keep it from the others. */
export class Dispatcher {
  readonly #index: SubjectIndex<Subscription>;
  readonly #sessions: Sessions;

  constructor(index: SubjectIndex<Subscription>, sessions: Sessions) {
    this.#index = index;
    this.#sessions = sessions;
  }

  dispatch(event: CometEvent): void {
    const { scope, to, subject } = event;
    if (scope === 'subject') {
      this.#index.visit(subject, (subscription) => subscription.owner.offer(event));
    } else if (scope === 'session') {
      this.#sessions.get(to ?? '')?.offer(event);
    } else {
      const addressed = scope === 'all' ? this.#sessions.all() : this.#sessions.of(to ?? '');
      for (const session of addressed) session.offer(event);
    }
  }
}
