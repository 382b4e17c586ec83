import type { Inbox } from '@cometkit/core/cluster';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Link, LinkWatcher } from './link.ts';

/** Letters by the subject of a node. What is sent while the connection is down is lost. */
export class NatsInbox implements Inbox, LinkWatcher {
  readonly #link: Link;
  readonly #prefix: string;
  readonly #node: string;
  #listener: ((text: string) => void) | undefined = undefined;
  #subscribed: NatsConnection | undefined = undefined;

  constructor(link: Link, prefix: string, node: string) {
    this.#link = link;
    this.#prefix = prefix;
    this.#node = node;
    link.watch(this);
  }

  receive(listener: (text: string) => void): void {
    this.#listener = listener;
    if (this.#link.connected) this.up();
  }

  send(node: string, text: string): void {
    void this.#link
      .run(async ({ connection }) => connection.publish(this.#prefix + node, text))
      .catch(() => undefined);
  }

  up(): void {
    void this.#link
      .run(async ({ connection }) => {
        // The client renews it after a cut by itself, but not when it was made anew.
        if (this.#subscribed === connection) return;
        this.#subscribed = connection;
        connection.subscribe(this.#prefix + this.#node, {
          callback: (error, message) => {
            if (error === null) this.#listener?.(message.string());
          },
        });
      })
      .catch(() => undefined);
  }

  down(): void {
    // Nothing to do: a letter may be lost.
  }
}
