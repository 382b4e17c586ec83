import type { ClientError } from '@cometkit/client';
import { type Member, type Presence, presence } from '@cometkit/client/presence';
import type { SharedClient, User } from './shared-client.ts';

/** Who is at a subject, as a component sees it. */
export interface Present {
  /** In the order in which they came; empty until `ready`. */
  readonly members: readonly Member[];
  /** True once they are known. */
  readonly ready: boolean;
  /** Why they are not known. */
  readonly error: ClientError | undefined;
}

const nobody: Present = { members: [], ready: false, error: undefined };

/** Who is at a subject, for one component. Its methods are bound, as `useSyncExternalStore` wants them. */
export class PresenceWatch implements User {
  readonly #shared: SharedClient;
  readonly #subject: string;
  #shown = nobody;
  #room: Presence | undefined;
  #listener: () => void = () => undefined;

  constructor(shared: SharedClient, subject: string) {
    this.#shared = shared;
    this.#subject = subject;
  }

  /** Returns whether it is for the same. */
  isFor(shared: SharedClient, subject: string): boolean {
    return shared === this.#shared && subject === this.#subject;
  }

  readonly snapshot = (): Present => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listener = listener;
    this.#start();
    return () => this.#stop();
  };

  /** Asks again for what the server refused. */
  retry(): void {
    if (!this.#shown.error) return;
    this.#stop();
    this.#start();
  }

  #start(): void {
    const client = this.#shared.acquire(this, true);
    try {
      const room = presence(client, this.#subject);
      this.#room = room;
      room.on(() => this.#show(room));
    } catch (error) {
      // What is no subject: React does not clean up behind an effect that threw.
      this.#shared.release(this);
      throw error;
    }
  }

  #stop(): void {
    this.#room?.close();
    this.#room = undefined;
    this.#shared.release(this);
  }

  #show(room: Presence): void {
    if (room !== this.#room) return;
    const { members, error } = room;
    this.#shown = { members, ready: this.#shown.ready || !error, error };
    this.#listener();
  }
}
