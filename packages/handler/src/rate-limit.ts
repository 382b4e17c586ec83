import { CometError, type Hub } from '@cometkit/core';
import { hidesClient, normalAddress, rateLimitKey } from './address.ts';
import type { HttpRequest } from './http.ts';

/** How many sessions one network address may open. Units: joins. */
export interface JoinRate {
  /** So many in each second, once `burst` is used up. */
  readonly perSecond: number;
  /** So many at once. */
  readonly burst: number;
}

// What is known of one address.
interface Bucket {
  left: number;
  at: number;
}

// More addresses than this are not remembered: who has so many is held by the bound of sessions alone.
const maxAddresses = 4096;

/**
 * Lets each network address open so many sessions, and so many more with each second.
 *
 * Programs of this machine and clients without an address are let through. It remembers the addresses that joined last, in
 * bounded memory.
 */
export class JoinRateLimiter {
  readonly #rate: JoinRate | undefined;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: JoinRate | undefined, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a join.
   *
   * @throws CometError `too-busy` — its address has used up what it may.
   */
  pass(request: Pick<HttpRequest, 'address' | 'header'>): void {
    if (this.#rate === undefined) return;
    const name = countedAs(request);
    if (name === undefined) return;
    const { burst } = this.#rate;
    const bucket = this.#bucketOf(name, this.#rate);
    if (bucket.left < 1)
      throw new CometError('too-busy', 'too many joins from this address', {
        limit: burst,
        option: 'joinRate',
      });
    bucket.left -= 1;
  }

  #bucketOf(name: string, { perSecond, burst }: JoinRate): Bucket {
    const now = this.#now();
    const known = this.#buckets.get(name);
    const gained = known === undefined ? burst : ((now - known.at) / 1000) * perSecond;
    const bucket = { left: Math.min(burst, (known?.left ?? 0) + gained), at: now };
    // Last in line: the first is the one that joined longest ago.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    const [oldest] = this.#buckets.size > maxAddresses ? this.#buckets.keys() : [];
    if (oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}

const defaultRate: JoinRate = { perSecond: 100, burst: 2000 };

// The gates of a hub by their rates, the one that was named last behind all others.
const gatesOf = new WeakMap<Hub, Map<string, JoinRateLimiter>>();

/**
 * The gate of a handler that names its rate. Handlers of one hub with the same rate have one gate: a second endpoint does not let
 * an address in twice as often.
 *
 * @param rate - false for none.
 * @returns undefined for a handler that names no rate: see {@link sharedJoinLimiter}.
 */
export function joinLimiterOf(
  hub: Hub,
  rate: JoinRate | false | undefined,
  now: () => number,
): JoinRateLimiter | undefined {
  if (rate === undefined) return undefined;
  return rate === false ? new JoinRateLimiter(undefined, now) : gateWith(hub, rate, now);
}

/** The gate of the handlers that name no rate: the one that another handler of the hub named last, or one of 100 a second. */
export function sharedJoinLimiter(hub: Hub, now: () => number): JoinRateLimiter {
  return [...(gatesOf.get(hub)?.values() ?? [])].at(-1) ?? gateWith(hub, defaultRate, now);
}

function gateWith(hub: Hub, rate: JoinRate, now: () => number): JoinRateLimiter {
  const gates = gatesOf.get(hub) ?? new Map<string, JoinRateLimiter>();
  const name = `${rate.perSecond} ${rate.burst}`;
  const gate = gates.get(name) ?? new JoinRateLimiter(rate, now);
  gates.delete(name);
  gatesOf.set(hub, gates.set(name, gate));
  return gate;
}

/** Names whom a request counts for. @returns undefined for programs of this machine, which count for nobody. */
export function countedAs(request: Pick<HttpRequest, 'address' | 'header'>): string | undefined {
  // Loopback is a proxy's too, and all of its clients count as one where it is not believed.
  return rateLimitKey(request.address) ?? (hidesClient(request) ? normalAddress(request.address) : undefined);
}
