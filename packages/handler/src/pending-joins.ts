import { CometError, type Hub } from '@cometkit/core';
import { isPromise } from './authorize.ts';

/** Limits the joins that wait for the join hook, in total and for each address. */
export class PendingJoins {
  readonly #max: number;
  readonly #maxOfOne: number;
  readonly #counts = new Map<string, number>();
  #size = 0;

  /** @param max - how many joins may wait at once; at most a quarter of them from one address. */
  constructor(max: number) {
    this.#max = max;
    this.#maxOfOne = Math.ceil(max / 4);
  }

  /**
   * Runs the hook, unless too many joins wait for it.
   *
   * @param counted - whom the join counts for; undefined for programs on this machine.
   * @throws {CometError} `too-busy` — too many joins wait.
   */
  ask<T>(counted: string | undefined, hook: () => T | Promise<T>): T | Promise<T> {
    const name = counted ?? '';
    if (this.#size >= this.#max || (name !== '' && (this.#counts.get(name) ?? 0) >= this.#maxOfOne))
      throw new CometError('too-busy', 'too many joins wait', {
        limit: this.#max,
        option: 'maxPendingJoins',
      });
    const verdict = hook();
    if (!isPromise(verdict)) return verdict;
    this.#count(name, 1);
    return verdict.finally(() => this.#count(name, -1));
  }

  #count(name: string, by: number): void {
    this.#size += by;
    const count = (this.#counts.get(name) ?? 0) + by;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

const boundsOf = new WeakMap<Hub, Map<number, PendingJoins>>();

/** Returns the limit that all handlers of one hub with the same maximum share. */
export function pendingJoinsOf(hub: Hub, max: number): PendingJoins {
  const bounds = boundsOf.get(hub) ?? new Map<number, PendingJoins>();
  const joins = bounds.get(max) ?? new PendingJoins(max);
  boundsOf.set(hub, bounds.set(max, joins));
  return joins;
}
