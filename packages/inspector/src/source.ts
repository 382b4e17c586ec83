import type { Hub } from '@cometkit/core';

/** What serves a hub: `comet()` of Express, or a handler of any adapter. */
export interface Serving {
  readonly hub: Hub;
}

/**
 * Returns the hub of what the application has at hand.
 *
 * @throws TypeError — it is neither a hub nor what serves one.
 */
export function hubOf(push: Hub | Serving): Hub {
  const given = push as Partial<Hub & Serving> | null | undefined;
  const hub = given?.hub ?? given;
  if (typeof (hub as Partial<Hub> | null | undefined)?.stats === 'function') return hub as Hub;
  throw new TypeError('the first argument must be a hub, as createHub() makes it, or what serves one');
}
