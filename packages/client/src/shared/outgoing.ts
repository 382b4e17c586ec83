import type { JsonValue } from '@cometkit/core';
import type { Failure } from '../errors.ts';
import type { ToLeader } from './messages.ts';

interface Message {
  readonly said: Extract<ToLeader, { type: 'publish' }>;
  readonly settle: (failure: Failure | undefined, value?: JsonValue) => void;
  sent: boolean;
}

/** The messages and requests that a tab wants sent and whose outcome it does not know yet. */
export class Outgoing {
  readonly #messages = new Map<number, Message>();

  /**
   * Adds a message.
   *
   * @param settle - called with the outcome when the leader has told it.
   */
  add(
    key: number,
    tab: string,
    publish: Pick<Message['said'], 'subject' | 'data' | 'to' | 'timeoutMs'>,
    settle: Message['settle'],
  ): void {
    this.#messages.set(key, { said: { type: 'publish', tab, key, ...publish }, settle, sent: false });
  }

  /** Gives a message up: it is not handed over any more, and who leads is asked not to send it. */
  abort(key: number, say: (said: ToLeader) => void): void {
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    if (message?.sent) say({ type: 'abort', tab: message.said.tab, key });
  }

  /** Hands over what was not sent yet. */
  send(say: (said: ToLeader) => void): void {
    for (const message of this.#messages.values()) {
      if (message.sent) continue;
      message.sent = true;
      say(message.said);
    }
  }

  /** Takes the outcome of a message. */
  settle(key: number, failure: Failure | undefined, value?: JsonValue): void {
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    message?.settle(failure, value);
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
