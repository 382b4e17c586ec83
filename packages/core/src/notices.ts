import { EventEmitter } from 'eventemitter3';
import type { HubEvents } from './hub-types.ts';

/** Tells the listeners of a hub's life. A listener that throws stops neither the others nor the hub. */
export class Notices {
  readonly #emitter = new EventEmitter<HubEvents>();

  on<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    this.#emitter.on(event, listener as never);
  }

  off<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    this.#emitter.off(event, listener as never);
  }

  emit<E extends keyof HubEvents>(event: E, ...args: HubEvents[E]): void {
    for (const listener of this.#emitter.listeners(event)) {
      try {
        (listener as (...args: HubEvents[E]) => void)(...args);
      } catch (error) {
        // Nobody is left to be told of an error in the telling of errors.
        if (event !== 'error') this.emit('error', error, `a listener of "${event}"`);
      }
    }
  }
}
