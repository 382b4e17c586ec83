import type { Hub } from '@cometkit/core';
import type { Authorize } from './authorize.ts';

type Shared = Pick<Authorize, 'join' | 'subscribe'>;

const sharedOf = new WeakMap<Hub, Shared>();

/**
 * The hooks of one handler. Where it sets none for joining or subscribing, it uses the one that another handler of the
 * same hub was last given, so that a second endpoint is never open by omission; `join: true` opens it.
 */
export class Guards implements Authorize {
  readonly #own: Authorize;
  readonly #hub: Hub;

  constructor(hub: Hub, own: Authorize) {
    this.#own = own;
    this.#hub = hub;
    const { join, subscribe } = own;
    const given = { ...(isGuard(join) && { join }), ...(isGuard(subscribe) && { subscribe }) };
    sharedOf.set(hub, { ...sharedOf.get(hub), ...given });
  }

  get join(): NonNullable<Authorize['join']> {
    return this.#own.join ?? sharedOf.get(this.#hub)?.join ?? true;
  }

  get subscribe(): NonNullable<Authorize['subscribe']> {
    return this.#own.subscribe ?? sharedOf.get(this.#hub)?.subscribe ?? true;
  }

  get publish(): NonNullable<Authorize['publish']> {
    return this.#own.publish ?? false;
  }

  /** True if a hook needs to know who asks. */
  get look(): boolean {
    return [this.join, this.subscribe, this.publish].some((hook) => typeof hook === 'function');
  }
}

function isGuard(hook: unknown): boolean {
  return hook !== undefined && hook !== true;
}
