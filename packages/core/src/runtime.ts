/** What the core needs from its platform: two clocks and a source of unguessable ids. Everything else is an argument. */
export interface Runtime {
  /** Monotonic time for every deadline: milliseconds from an arbitrary origin. It never goes back. */
  now(): number;
  /** Wall-clock time in Unix milliseconds. It is only shown, never used for deadlines. */
  wallTime(): number;
  /** Makes an unguessable id: at least 128 bits from a CSPRNG, as 22 characters of `[A-Za-z0-9_-]`. */
  randomId(): string;
  /** Makes the public id of a session: of the same shape, and unguessable too. @defaultValue `randomId` */
  sessionId?(): string;
}
