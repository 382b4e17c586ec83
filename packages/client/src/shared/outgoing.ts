import type { JsonValue } from '@cometkit/core';
import { ClientError, type Failure } from '../errors.ts';
import type { ToLeader } from './messages.ts';

interface Message {
  readonly said: Extract<ToLeader, { type: 'publish' }>;
  readonly settle: (failure: Failure | undefined) => void;
  sent: boolean;
}

/** The messages that a tab wants published and whose outcome it does not know yet. */
export class Outgoing {
  readonly #messages = new Map<number, Message>();

  /** Adds a message. Shape: settles when the leader has told the outcome. */
  add(
    key: number,
    tab: string,
    publish: { subject: string; data: JsonValue; to: string | undefined },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (failure: Failure | undefined): void =>
        failure ? reject(new ClientError(failure)) : resolve();
      this.#messages.set(key, { said: { type: 'publish', tab, key, ...publish }, settle, sent: false });
    });
  }

  /** Hands over what was not sent yet. */
  send(say: (said: ToLeader) => void): void {
    for (const [key, message] of [...this.#messages]) {
      if (message.sent) continue;
      message.sent = true;
      try {
        say(message.said);
      } catch (cause) {
        // A function or a class instance cannot go to another tab, and is no JSON either.
        this.settle(key, { code: 'malformed', reason: 'the data of the message is not JSON', cause });
      }
    }
  }

  /** Takes the outcome of a message. */
  settle(key: number, failure: Failure | undefined): void {
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    message?.settle(failure);
  }

  /** Gives back what was sent to a leader that leads no more: sending it again could publish it twice. */
  orphan(): void {
    for (const [key, { sent }] of [...this.#messages]) if (sent) this.settle(key, { code: 'unconfirmed' });
  }

  /** Gives everything back. */
  close(failure: Failure): void {
    for (const key of [...this.#messages.keys()]) this.settle(key, failure);
  }
}
