import type { ServerResponse } from 'node:http';
import type { OutletOwner, OwnedOutlet } from './socket-outlet.ts';

const key = Symbol('the outlet of a response');

interface OwnedResponse extends ServerResponse {
  [key]?: OwnedOutlet;
}

/** A response whose chunks go straight to its socket: it is not touched between its head and its end. */
export class ResponseOwner implements OutletOwner {
  readonly #response: OwnedResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  watch(outlet: OwnedOutlet): void {
    const response = this.#response;
    if (response.closed || response.destroyed) {
      outlet.closed();
      return;
    }
    response[key] = outlet;
    // Nothing may follow the end of the response: the client would read a late chunk as the start of the next one.
    response.on('prefinish', onEnd);
    response.on('close', onClose);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

// The same functions for all responses; `once` would make three objects for each.
function onEnd(this: OwnedResponse): void {
  this[key]?.ended();
}

function onClose(this: OwnedResponse): void {
  this[key]?.closed();
}
