import type { TabLocks } from './ports.ts';

// After this silence the leader is asked for a sign of life (milliseconds).
const silentMs = 10_000;
const watchMs = 5000;
// A frozen tab keeps its lock. When so many questions stay without an answer, another tab takes the lead by force.
const maxQuestions = 2;
// Browsers run the timers of a hidden page late, and several at once after a freeze: what counts as time for an answer (milliseconds).
const answerMs = 2500;

/** Callbacks of an election. */
export interface ElectionEvents {
  /** The leader should give a sign of life. */
  ask(): void;
  /** This tab leads from now on. */
  elected(): void;
  /** Another tab took the lead by force, or this one resigned. */
  deposed(): void;
  /** The browser has locks but gives none here: in a sandboxed frame, or where storage is blocked. */
  unavailable(): void;
}

/** One tab's part in the election: the tab that holds the lock leads. */
export class Election {
  readonly #locks: TabLocks;
  readonly #name: string;
  readonly #events: ElectionEvents;
  #abort: AbortController | undefined;
  #release: (() => void) | undefined;
  #heardAt = Date.now();
  #askedAt = 0;
  #questions = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(locks: TabLocks, name: string, events: ElectionEvents) {
    this.#locks = locks;
    this.#name = name;
    this.#events = events;
  }

  /** Stands for election until this tab leads or resigns. */
  stand(): void {
    if (this.#abort !== undefined) return;
    this.heard();
    this.#timer = setInterval(() => this.#watch(), watchMs);
    this.#wait({});
  }

  /** The leader gave a sign of life. */
  heard(): void {
    this.#heardAt = Date.now();
    this.#questions = 0;
  }

  /** Gives up the lead, or the candidacy. */
  resign(): void {
    clearInterval(this.#timer);
    this.#abort?.abort();
    this.#abort = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  #wait(options: { readonly steal?: boolean }): void {
    const abort = new AbortController();
    this.#abort?.abort();
    this.#abort = abort;
    // A lock is not asked for by force and with a signal at once.
    const how = options.steal === true ? options : { signal: abort.signal };
    const held = (): Promise<void> => this.#lead(abort.signal);
    this.#locks.request(this.#name, how, held).then(
      () => undefined,
      (error: { readonly name?: string } | undefined) => this.#lostLock(abort, error?.name === 'AbortError'),
    );
  }

  #lead(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.#events.elected();
    return new Promise((resolve) => {
      this.#release = () => {
        resolve();
        this.#events.deposed();
      };
    });
  }

  #lostLock(abort: AbortController, stolen: boolean): void {
    if (this.#abort !== abort) return;
    if (!stolen) {
      this.resign();
      this.#events.unavailable();
      return;
    }
    this.#abort = undefined;
    const led = this.#release !== undefined;
    this.#release = undefined;
    clearInterval(this.#timer);
    if (led) this.#events.deposed();
    this.stand();
  }

  #watch(): void {
    const now = Date.now();
    if (this.#release !== undefined || since(now, this.#heardAt) < silentMs) return;
    if (since(now, this.#askedAt) < answerMs) return;
    if (this.#questions < maxQuestions) {
      this.#questions += 1;
      this.#askedAt = now;
      this.#events.ask();
      return;
    }
    this.heard();
    this.#wait({ steal: true });
  }
}

// The clock may have been set back in between.
function since(now: number, then: number): number {
  return Math.abs(now - then);
}
