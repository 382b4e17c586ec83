/** Wakes those who wait for something to change. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next change, or when the time is over. */
  next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#waiting.add(done);
    });
  }

  tell(): void {
    for (const done of [...this.#waiting]) done();
  }
}
