/** The clock, timers and randomness that the client uses; a test brings its own. Times are in milliseconds. */
export interface ClientRuntime {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /**
   * Calls back after a delay.
   *
   * @returns a handle for `clearTimer`.
   */
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
  /** A clock that never goes back and counts on while the computer sleeps. */
  now(): number;
  /** A number from 0 up to 1 of 32 bits, that nobody can guess where the platform has `crypto`. */
  random(): number;
}

/** The surroundings as they are. */
export function systemRuntime(): ClientRuntime {
  return {
    fetch: (url, init) => fetch(url, init),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (timer) => clearTimeout(timer as number),
    now: steadyClock(),
    // React Native brings no `crypto`.
    random: () =>
      globalThis.crypto
        ? (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
        : Math.floor(Math.random() * 2 ** 32) / 2 ** 32,
  };
}

// Monotonic clocks stand still while a computer sleeps, and wall clocks are set back: this one does neither.
function steadyClock(): () => number {
  let last = 0;
  let behind = 0;
  return () => {
    const time = Date.now();
    behind += Math.max(0, last - time);
    last = time;
    return time + behind;
  };
}
