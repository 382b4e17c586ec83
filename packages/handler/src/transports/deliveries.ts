/**
 * Tracks which positions have left the process, from the number of bytes that have. Only needed while bytes are
 * buffered.
 *
 * @remarks
 * Offsets are in bytes from the point of the response at which the tracker was created.
 */
export class Deliveries {
  #written: number;
  #noted: { readonly offset: number; readonly position: number }[] = [];

  /** @param pendingBytes - the bytes that are already buffered. */
  constructor(pendingBytes = 0) {
    this.#written = pendingBytes;
  }

  /** Counts bytes that were written to the outlet. */
  written(bytes: number): void {
    this.#written += bytes;
  }

  /** Notes that an event ends at the bytes written so far. */
  note(position: number): void {
    this.#noted.push({ offset: this.#written, position });
  }

  /**
   * Forgets the positions whose bytes have left.
   *
   * @returns the highest of them, or undefined if there is none.
   */
  left(pendingBytes: number): number | undefined {
    const out = this.#written - pendingBytes;
    let count = 0;
    while ((this.#noted[count]?.offset ?? Number.POSITIVE_INFINITY) <= out) count += 1;
    const highest = this.#noted[count - 1]?.position;
    if (count > 0) this.#noted = this.#noted.slice(count);
    return highest;
  }
}
