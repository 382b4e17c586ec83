import type { ServerResponse } from 'node:http';
import type { OutletOwner } from './socket-outlet.ts';

/** A response whose chunks go straight to its socket: it is not touched between its head and its end. */
export class ResponseOwner implements OutletOwner {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onEnd(listener: () => void): void {
    // Whoever ends the response has the last word: a chunk behind that would be read as the beginning of another answer.
    this.#response.once('prefinish', listener);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    if (this.#response.closed || this.#response.destroyed) listener();
    else this.#response.once('close', listener);
  }
}
