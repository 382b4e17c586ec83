import type { Subscription } from '@cometkit/core';
import type { Command } from './command.ts';

const keepCount = 512;

/**
 * What the commands of a session with a message id did: sent again, because an answer was lost or something on the way
 * repeats requests, such a command is answered again and does nothing.
 *
 * Shape: the subscriptions that a command made or ended. Units: the last 512 ids of a session.
 */
export class CompletedCommands {
  readonly #done = new Map<string, readonly Subscription[]>();

  /** What the same command did before. Shape: undefined for one that is new, or has no id. */
  lookup({ verb, messageId }: Pick<Command, 'verb' | 'messageId'>): readonly Subscription[] | undefined {
    return messageId === undefined ? undefined : this.#done.get(`${verb} ${messageId}`);
  }

  remember({ verb, messageId }: Command, subscriptions: readonly Subscription[]): void {
    if (messageId === undefined) return;
    this.#done.set(`${verb} ${messageId}`, subscriptions);
    const [oldest] = this.#done.keys();
    if (this.#done.size > keepCount && oldest !== undefined) this.#done.delete(oldest);
  }
}
