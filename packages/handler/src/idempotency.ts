import type { Subscription } from '@cometkit/core';
import type { Command } from './command.ts';

const keepCount = 512;

/**
 * Remembers the results of commands with a message id. A command that is sent again, because its answer was lost or a
 * proxy repeated the request, gets the same answer and has no further effect.
 *
 * @remarks
 * Keeps the subscriptions that a command made or ended, for the last 512 ids of a session.
 */
export class CompletedCommands {
  readonly #done = new Map<string, readonly Subscription[]>();

  /**
   * Looks up what the same command did before.
   *
   * @returns undefined if the command is new or has no id.
   */
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
