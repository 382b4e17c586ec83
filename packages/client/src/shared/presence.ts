import type { ClientRuntime } from '../runtime.ts';
import type { FromLeader, Message, ToLeader } from './messages.ts';
import type { SharedPorts, TabChannel, TabLocks } from './ports.ts';

/** What a tab does about what happens around it. */
export interface Present {
  /** Another tab said something. */
  hear(message: Message): void;
  /** The page freezes or goes into the back/forward cache. */
  away(): void;
  /** The page is back. */
  back(): unknown;
}

/** A tab among the others, from its opening to its end: its name, the channel, and a lock that is released when it ends. */
export class Presence {
  /** Another one for each opening: what is still on its way to the one before is not for this one. */
  readonly id: string;
  readonly #name: string;
  readonly #locks: TabLocks;
  readonly #alive = new AbortController();
  readonly #channel: TabChannel;

  constructor(id: string, name: string, ports: SharedPorts, present: Present) {
    this.id = id;
    this.#name = name;
    this.#locks = ports.locks;
    this.#channel = ports.openChannel(name);
    this.#channel.onmessage = ({ data }) => present.hear(data as Message);
    this.#holdOn();
    this.#watchPage(present);
  }

  /** Says something to all other tabs. */
  say(said: ToLeader | FromLeader): void {
    if (!this.#alive.signal.aborted) this.#channel.postMessage(said);
  }

  /** Calls back when another tab has gone, with or without a word. */
  watch(tab: string, gone: () => void): void {
    if (tab === this.id) return;
    this.#request(tab, async () => gone());
  }

  /** Ends it. */
  end(): void {
    this.#alive.abort();
    this.#channel.close();
  }

  #holdOn(): void {
    const { signal } = this.#alive;
    this.#request(
      this.id,
      () => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    );
  }

  #request(tab: string, held: () => Promise<void>): void {
    const { signal } = this.#alive;
    this.#locks.request(`${this.#name} ${tab}`, { signal }, held).catch(() => undefined);
  }

  // A page that goes into the back/forward cache would keep the lead and do nothing with it.
  #watchPage({ away, back }: Present): void {
    const { addEventListener } = globalThis as Partial<typeof globalThis>;
    const { signal } = this.#alive;
    for (const type of ['pagehide', 'freeze']) addEventListener?.(type, away, { signal });
    for (const type of ['pageshow', 'resume']) addEventListener?.(type, back, { signal });
  }
}

/** A name for a tab that no other has. */
export function nameTab(runtime: ClientRuntime): string {
  return [1, 2, 3].map(() => Math.floor(runtime.random() * 2 ** 32).toString(36)).join('');
}
