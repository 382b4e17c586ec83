import type { Outlet, OutletWatcher } from '@cometkit/handler';
import type { World } from './world.ts';

/** The server's end of one simulated response: takes bytes at once, or is congested for as long as its script says. */
export class SimOutlet implements Outlet {
  readonly #world: World | undefined;
  readonly #carry: (bytes: Uint8Array) => void;
  readonly #finish: () => void;
  readonly #drop: () => void;
  #watcher: OutletWatcher | undefined;
  #over = false;
  #held: Uint8Array[] = [];
  #stalledUntil = 0;

  /** @param drop hears that the server drops the connection. */
  constructor(
    world: World | undefined,
    carry: (bytes: Uint8Array) => void,
    finish: () => void,
    drop: () => void = () => undefined,
  ) {
    this.#world = world;
    this.#carry = carry;
    this.#finish = finish;
    this.#drop = drop;
  }

  /** From now on the reader takes nothing for a while. */
  stall(ms: number): void {
    if (this.#world === undefined) return;
    this.#stalledUntil = this.#world.now + ms;
    this.#world.at(ms, () => this.#release());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    if ((this.#world?.now ?? 0) < this.#stalledUntil) {
      this.#held.push(bytes);
      return false;
    }
    this.#carry(bytes);
    return true;
  }

  end(): void {
    if (this.#over) return;
    this.#release();
    this.#over = true;
    this.#finish();
    this.#world?.at(0, () => this.#watcher?.closed());
  }

  destroy(): void {
    if (!this.#over) this.#drop();
    this.closed();
  }

  get pendingBytes(): number {
    return this.#held.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#over) watcher.closed();
  }

  /** The other side is gone. */
  closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#watcher?.closed();
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.#carry(bytes);
    if (held.length > 0 && !this.#over) this.#watcher?.drained();
  }
}
