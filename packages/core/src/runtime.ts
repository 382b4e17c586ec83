/** What the core needs from the world: two clocks and a source of unguessable ids. Everything else is an argument. */
export interface Runtime {
  /** Monotonic time. Units: milliseconds from an arbitrary origin; never goes back. Every deadline is reckoned by it. */
  now(): number;
  /** Wall-clock time, for people only. Units: Unix milliseconds. */
  wallTime(): number;
  /** A fresh unguessable id. Shape: at least 128 bits from a CSPRNG as 22 characters of `[A-Za-z0-9_-]`. */
  randomId(): string;
}
