import { EventEmitter } from 'eventemitter3';
import type { ClientEvents } from './client-types.ts';
import { ClientError, type Failure } from './errors.ts';
import type { Status } from './shared/messages.ts';
import { tellSurroundings } from './surroundings.ts';

/** The events of a client, told so that a listener that throws disturbs nobody. */
export class Notices {
  readonly events: EventEmitter<ClientEvents> = new EventEmitter<ClientEvents>();

  /** Tells an event. */
  emit<Name extends keyof ClientEvents>(name: Name, ...args: ClientEvents[Name]): void {
    for (const listener of this.#listeners(name)) this.guard(() => listener(...args));
  }

  /** Tells what is different about the shared connection. */
  changed(before: Status, { id, state, transport }: Status): void {
    if (id !== undefined && id !== before.id) this.emit('joined', id);
    if (state !== before.state) this.emit('state', state);
    if (transport !== undefined && transport !== before.transport) this.emit('transport', transport, 'first');
  }

  /**
   * Tells of a failure.
   *
   * @param known - true when the application learns of it in another way too; else the surroundings are told where nobody listens.
   */
  error(failure: Failure, known = false): void {
    const error = new ClientError(failure);
    const listeners = this.#listeners('error');
    if (listeners.length === 0 && !known) tellSurroundings(error);
    for (const listener of listeners) {
      try {
        listener(error);
      } catch (thrown) {
        // An `error` listener threw; only `reportError` or the console is left.
        tellSurroundings(thrown);
      }
    }
  }

  // Each is called on its own: what one throws must not keep an event from the others.
  #listeners<Name extends keyof ClientEvents>(name: Name): ((...args: ClientEvents[Name]) => void)[] {
    return this.events.listeners(name) as ((...args: ClientEvents[Name]) => void)[];
  }

  /** Runs what may call the application, and reports what it throws. */
  guard(run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.error({ code: 'listener', cause });
    }
  }
}
