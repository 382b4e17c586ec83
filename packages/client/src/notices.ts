import { EventEmitter } from 'eventemitter3';
import type { ClientEvents } from './client-types.ts';
import { ClientError, type Failure } from './errors.ts';
import type { Status } from './shared/messages.ts';

/** The events of a client, told so that a listener that throws disturbs nobody. */
export class Notices {
  readonly events: EventEmitter<ClientEvents> = new EventEmitter<ClientEvents>();

  /** Tells an event. */
  emit<Name extends keyof ClientEvents>(name: Name, ...args: ClientEvents[Name]): void {
    this.guard(() => this.events.emit(name, ...(args as never)));
  }

  /** Tells what is different about the shared connection. */
  changed(before: Status, { id, state, transport }: Status): void {
    if (id !== undefined && id !== before.id) this.emit('joined', id);
    if (state !== before.state) this.emit('state', state);
    if (transport !== undefined && transport !== before.transport) this.emit('transport', transport, 'first');
  }

  /** Tells of a failure that nobody else is told of. */
  error(failure: Failure): void {
    try {
      this.events.emit('error', new ClientError(failure));
    } catch (thrown) {
      // Whoever throws while being told of errors has only the surroundings left to tell.
      globalThis.reportError?.(thrown);
    }
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
