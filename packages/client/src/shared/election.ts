import type { TabLocks } from './ports.ts';

// After this silence the leader is asked for a sign of life, and after twice as much another tab takes the lead by force: a
// frozen tab keeps its lock. Units: ms.
const silentMs = 10_000;
const watchMs = 5000;

/** What an election tells its tab. */
export interface Electorate {
  /** The leader should give a sign of life. */
  ask(): void;
  /** This tab leads from now on. */
  elected(): void;
  /** Another tab took the lead by force, or this one resigned. */
  deposed(): void;
}

/** One tab's part in finding out which tab leads: whoever holds the lock. */
export class Election {
  readonly #locks: TabLocks;
  readonly #name: string;
  readonly #electorate: Electorate;
  #abort: AbortController | undefined;
  #release: (() => void) | undefined;
  #heardAt = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(locks: TabLocks, name: string, electorate: Electorate) {
    this.#locks = locks;
    this.#name = name;
    this.#electorate = electorate;
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
  }

  /** Gives the lead up, or stands no more. */
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
      () => this.#lostLock(abort),
    );
  }

  #lead(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.#electorate.elected();
    return new Promise((resolve) => {
      this.#release = () => {
        resolve();
        this.#electorate.deposed();
      };
    });
  }

  #lostLock(abort: AbortController): void {
    if (this.#abort !== abort) return;
    this.#abort = undefined;
    const led = this.#release !== undefined;
    this.#release = undefined;
    clearInterval(this.#timer);
    if (led) this.#electorate.deposed();
    this.stand();
  }

  #watch(): void {
    const silence = Date.now() - this.#heardAt;
    if (this.#release !== undefined || silence < silentMs) return;
    this.#electorate.ask();
    if (silence < 2 * silentMs) return;
    this.heard();
    this.#wait({ steal: true });
  }
}
