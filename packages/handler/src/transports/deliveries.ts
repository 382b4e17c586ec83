/**
 * Which positions have left the process, told by how many bytes have.
 *
 * Units: offsets in bytes from the start of the response.
 * Shape: as a rule one entry at most, which is why the oldest is kept apart from the list of those behind it.
 */
export class Deliveries {
  #written = 0;
  #offset = 0;
  /** 0 when nothing is noted: positions begin at 1. */
  #position = 0;
  readonly #later: { readonly offset: number; readonly position: number }[] = [];

  /** Counts bytes that were handed to the outlet. */
  written(bytes: number): void {
    this.#written += bytes;
  }

  /** Notes that the bytes handed over so far end with an event's. */
  note(position: number): void {
    if (this.#position !== 0) {
      this.#later.push({ offset: this.#written, position });
      return;
    }
    this.#offset = this.#written;
    this.#position = position;
  }

  /** Forgets the positions whose bytes are out. Shape: the highest of them, undefined when there is none. */
  left(pendingBytes: number): number | undefined {
    const out = this.#written - pendingBytes;
    let highest: number | undefined;
    while (this.#position !== 0 && this.#offset <= out) {
      highest = this.#position;
      const next = this.#later.shift();
      this.#offset = next?.offset ?? 0;
      this.#position = next?.position ?? 0;
    }
    return highest;
  }
}
