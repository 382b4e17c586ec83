/** The clock of the server, as this node knows it: leases count by it, whatever the clocks of the nodes say. */
export class EngineClock {
  #ahead = Date.now() - performance.now();

  /** @param time - what the server's clock shows now, in Unix milliseconds. */
  set(time: number): void {
    if (Number.isFinite(time)) this.#ahead = time - performance.now();
  }

  /** Unix milliseconds. */
  now(): number {
    return performance.now() + this.#ahead;
  }
}
