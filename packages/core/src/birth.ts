// Where a life of the log begins, so that positions rise also over lives that nobody remembers.

/** Positions count from here: the beginning of 2025, in Unix milliseconds. They are safe integers until 2094. */
export const birthOrigin: number = 1_735_689_600_000;

/** Positions for each millisecond. */
export const birthRate: number = 4096;

/**
 * The least position that a life of the log may begin after: above those of all lives before it, whether or not anything is left of
 * them, unless one of them has had more than 4,096 positions a millisecond from its beginning to its end.
 *
 * @param time - when it begins, by the clock of the engine, in Unix milliseconds.
 */
export function birthPosition(time: number): number {
  return Math.max(0, Math.floor(time - birthOrigin) * birthRate);
}
