/**
 * Which positions have left the process, told by how many bytes have.
 *
 * Units: offsets in bytes from the start of the response. Shape: as a rule one entry, and none between flushes.
 */
export class Deliveries {
  #written = 0;
  #offsets: number[] = [];
  #positions: number[] = [];

  /** Counts bytes that were handed to the outlet. */
  written(bytes: number): void {
    this.#written += bytes;
  }

  /** Notes that the bytes handed over so far end with an event's. */
  note(position: number): void {
    this.#offsets.push(this.#written);
    this.#positions.push(position);
  }

  /** Forgets the positions whose bytes are out. Shape: the highest of them, undefined when there is none. */
  left(pendingBytes: number): number | undefined {
    const out = this.#written - pendingBytes;
    let count = 0;
    while (count < this.#offsets.length && (this.#offsets[count] as number) <= out) count += 1;
    if (count === 0) return undefined;
    const position = this.#positions[count - 1];
    if (count === this.#offsets.length) {
      this.#offsets.length = 0;
      this.#positions.length = 0;
    } else {
      this.#offsets.splice(0, count);
      this.#positions.splice(0, count);
    }
    return position;
  }
}
