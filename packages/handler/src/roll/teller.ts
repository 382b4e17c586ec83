import type { Hub, Member } from '@cometkit/core';
import type { HandlerRuntime } from '../runtime.ts';
import { Register } from './register.ts';

/** Hears who comes to this process and who goes, and tells everybody under a subject that only the server has. */
export interface Teller {
  /** Who is where, as everybody was told. */
  readonly register: Register;
  joined(subject: string, member: Member): void;
  left(subject: string, member: Member): void;
  /** The hub is closed. */
  end(): void;
}

/** Tells it where a hub is alone: whoever is here is there. */
export class LoneTeller implements Teller {
  readonly register: Register = new Register();
  readonly #hub: Hub;
  readonly #defer: HandlerRuntime['defer'];

  constructor(hub: Hub, defer: HandlerRuntime['defer']) {
    this.#hub = hub;
    this.#defer = defer;
  }

  joined(subject: string, member: Member): void {
    this.register.add(subject, member);
    this.#tell(subject, 'joined', member);
  }

  left(subject: string, member: Member): void {
    this.register.delete(subject, member);
    this.#tell(subject, 'left', member);
  }

  end(): void {
    this.register.clear();
  }

  // Behind what the hub is about to do: it calls from the middle of it.
  #tell(subject: string, change: 'joined' | 'left', member: Member): void {
    const count = this.register.count(subject);
    this.#defer(() => {
      if (!this.#hub.closed) this.#hub.publish(subject, { change, member: { ...member }, count });
    });
  }
}
