import type { SessionClient } from '../client.ts';
import type { ClientError } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import type { SubscribeOptions } from '../options.ts';
import type { Subscription } from '../subscription.ts';

interface Upstream {
  readonly subscription: Subscription<ClientItem>;
  readonly users: Set<string>;
}

/** The subscriptions of the shared connection: one for all tabs that want the same. */
export class Upstreams {
  readonly #client: SessionClient;
  readonly #refused: (user: string, error: ClientError) => void;
  readonly #byName = new Map<string, Upstream>();

  /** @param refused is called for every user of a subscription that the server refuses, at once or at a reconnect. */
  constructor(client: SessionClient, refused: (user: string, error: ClientError) => void) {
    this.#client = client;
    this.#refused = refused;
  }

  /** The subscription of a name, which is made if need be; `user` is one more that wants it. */
  get(name: string, user: string, pattern: string, past: SubscribeOptions): Subscription<ClientItem> {
    const known = this.#byName.get(name);
    if (known !== undefined && !known.subscription.closed) {
      known.users.add(user);
      return known.subscription;
    }
    const subscription = this.#client.subscribe(pattern, { ...past, gaps: true });
    // Without a listener it would keep what it gets.
    subscription.on(() => undefined);
    const users = new Set([user]);
    this.#byName.set(name, { subscription, users });
    subscription.watch(() => {
      // What only the closing of the client interrupts is for the next leader.
      const { error } = subscription;
      if (error === undefined || this.#client.state === 'closed') return;
      for (const one of users) this.#refused(one, error);
    });
    return subscription;
  }

  /** A user wants it no more. */
  drop(user: string): void {
    for (const [name, { subscription, users }] of this.#byName) {
      if (!users.delete(user) || users.size > 0) continue;
      this.#byName.delete(name);
      subscription.unsubscribe();
    }
  }

  /** A tab has gone, and all its users with it. */
  dropTab(tab: string): void {
    const users = new Set([...this.#byName.values()].flatMap((upstream) => [...upstream.users]));
    for (const user of users) if (user.startsWith(`${tab} `)) this.drop(user);
  }
}
