import { EventEmitter } from 'eventemitter3';
import type { HubEvents } from './hub-types.ts';

/** Calls the listeners of a hub's events. A listener that throws stops neither the others nor the hub. */
export class HubEventEmitter {
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
        const result: unknown = (listener as (...args: HubEvents[E]) => unknown)(...args);
        // An async listener fails later. Without a handler that would end the process.
        if (result instanceof Promise) result.catch((error) => this.#failed(event, error));
      } catch (error) {
        this.#failed(event, error);
      }
    }
  }

  // When an `error` listener throws, there is nowhere left to report it.
  #failed(event: keyof HubEvents, error: unknown): void {
    if (event !== 'error') this.emit('error', error, `a listener of "${event}"`);
  }
}
