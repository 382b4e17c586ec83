import type { ClientEvent, ClientItem, Subscription } from '@cometkit/client';
import { later } from './place.ts';
import { type Gap, type Reduce, type Subscribed, start, take } from './progress.ts';
import type { SharedClient, User } from './shared-client.ts';

/** What a component subscribes to. When any of it changes, another watch begins. */
export interface Wanted {
  readonly shared: SharedClient;
  readonly pattern: string;
  readonly since: string | undefined;
  readonly last: number | undefined;
  readonly latest: boolean | undefined;
  readonly conflate: boolean | undefined;
  readonly enabled: boolean;
}

/** What a component does with the items. */
export interface Callbacks {
  readonly reduce?: Reduce<unknown, unknown> | undefined;
  readonly onEvent?: ((event: ClientEvent<unknown>) => void) | undefined;
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

const newest: Reduce<unknown, unknown> = (_value, event) => event.data;

/**
 * The subscription of one component: what it shows, and how far it came.
 *
 * It outlives the effects of its component. React takes them away and runs them again, under `StrictMode` and when an
 * `<Activity>` is hidden and shown; then it goes on after the last event that it handed over. Its methods are bound, as
 * `useSyncExternalStore` wants them.
 */
export class Watch implements User {
  /** What the newest render gave. */
  callbacks: Callbacks;
  readonly #wanted: Wanted;
  #shown: Subscribed<unknown, unknown>;
  #listener: () => void = () => undefined;
  #subscription: Subscription<ClientItem<unknown>> | undefined;
  // The place of the last item, and the turn of the client in which it came.
  #place: string | undefined;
  #turn = -1;

  constructor(wanted: Wanted, initial: unknown, callbacks: Callbacks) {
    this.#wanted = wanted;
    this.#shown = start(initial);
    this.callbacks = callbacks;
  }

  /** Returns whether it is for the same. */
  isFor(wanted: Wanted): boolean {
    return (Object.keys(wanted) as (keyof Wanted)[]).every((name) => wanted[name] === this.#wanted[name]);
  }

  readonly snapshot = (): Subscribed<unknown, unknown> => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (!this.#wanted.enabled) return () => undefined;
    this.#listener = listener;
    this.#start();
    return () => this.#stop();
  };

  /** Subscribes again when the server refused it. */
  retry(): void {
    if (!this.#subscription?.closed) return;
    this.#stop();
    this.#start();
  }

  #start(): void {
    const subscription = this.#subscribe();
    this.#subscription = subscription;
    subscription.watch(() => this.#settled(subscription));
    this.#settled(subscription);
    subscription.on((item) => this.#take(item));
  }

  #subscribe(): Subscription<ClientItem<unknown>> {
    const { shared, pattern, since, last, latest, conflate } = this.#wanted;
    const past = this.#place === undefined ? { since, last, latest } : { since: this.#place };
    const client = shared.acquire(this, true);
    try {
      return client.subscribe(pattern, { ...past, conflate, gaps: true });
    } catch (error) {
      // What is no pattern: React does not clean up behind an effect that threw.
      shared.release(this);
      throw error;
    }
  }

  #stop(): void {
    const { shared } = this.#wanted;
    if (this.#shown.ready) {
      this.#place = this.#reached();
      this.#shown = { ...this.#shown, ready: false };
    }
    const subscription = this.#subscription;
    this.#subscription = undefined;
    subscription?.unsubscribe();
    shared.release(this);
  }

  // A quiet subscription would else go on from long ago. What the client handed over in a turn that is not over, may still be on
  // its way to this one.
  #reached(): string | undefined {
    const { turn, reached } = this.#wanted.shared;
    return this.#turn === turn ? this.#place : later(this.#place, reached);
  }

  #settled(subscription: Subscription<ClientItem<unknown>>): void {
    if (subscription !== this.#subscription) return;
    const { confirmed: ready, error, from } = subscription;
    if (ready) this.#place ??= later(from, this.#wanted.shared.reached);
    // An error stays in view until the server has confirmed the next attempt: what shows instead of the value stays too.
    this.#show({ ...this.#shown, ready, error: ready ? undefined : (error ?? this.#shown.error) });
  }

  #take(item: ClientItem<unknown>): void {
    this.#place = item.cursor;
    this.#turn = this.#wanted.shared.turn;
    const { reduce = newest, onEvent, onGap } = this.callbacks;
    try {
      this.#show(take(this.#shown, item, reduce));
    } catch (error) {
      // The value stays where `reduce` threw; the event did come.
      if (item.kind === 'data') this.#show({ ...this.#shown, event: item });
      throw error;
    } finally {
      if (item.kind === 'gap') onGap?.(item);
      else onEvent?.(item);
    }
  }

  #show(shown: Subscribed<unknown, unknown>): void {
    const { value, event, gap, ready, error } = this.#shown;
    const same = value === shown.value && event === shown.event && gap === shown.gap;
    if (same && ready === shown.ready && error === shown.error) return;
    this.#shown = shown;
    this.#listener();
  }
}
