import { CometError, type Hub } from '@cometkit/core';
import { hidesClient, normalAddress, rateLimitKey } from './address.ts';
import type { HttpRequest } from './http.ts';

/** How many sessions one network address may open. */
export interface JoinRate {
  /** Joins per second once `burst` is used up. @defaultValue 100 */
  readonly perSecond?: number;
  /** Joins at once. @defaultValue 2000 */
  readonly burst?: number;
}

type WholeRate = Required<JoinRate>;

// The token bucket of one address.
interface Bucket {
  left: number;
  at: number;
}

// The number of addresses to remember. A client with more addresses is limited by the maximum number of sessions
// alone.
const maxAddresses = 4096;

/**
 * Limits how many sessions each network address may open: a burst, and a number per second.
 *
 * @remarks
 * Programs on this machine and clients without an address are not limited. Only the addresses that joined most recently
 * are remembered, so memory is bounded.
 */
export class JoinRateLimiter {
  readonly #rate: WholeRate | undefined;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: WholeRate | undefined, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** The number of addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a join.
   *
   * @param name - whom it counts for, as {@link countedAs} says.
   * @throws {CometError} `too-busy` — the address has used up its joins.
   */
  pass(name: string | undefined): void {
    if (this.#rate === undefined || name === undefined) return;
    const { burst } = this.#rate;
    const bucket = this.#bucketOf(name, this.#rate);
    if (bucket.left < 1)
      throw new CometError('too-busy', 'too many joins from this address', {
        limit: burst,
        option: 'joinRate',
      });
    bucket.left -= 1;
  }

  #bucketOf(name: string, { perSecond, burst }: WholeRate): Bucket {
    const now = this.#now();
    const known = this.#buckets.get(name);
    const gained = known === undefined ? burst : ((now - known.at) / 1000) * perSecond;
    const bucket = { left: Math.min(burst, (known?.left ?? 0) + gained), at: now };
    // Moves the bucket to the end: the first one belongs to the address that joined longest ago.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    const [oldest] = this.#buckets.size > maxAddresses ? this.#buckets.keys() : [];
    if (oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}

const defaultRate: WholeRate = { perSecond: 100, burst: 2000 };

// The limiters of a hub by rate, and the one that was configured last.
const gatesOf = new WeakMap<Hub, Map<string, JoinRateLimiter>>();
const newestOf = new WeakMap<Hub, JoinRateLimiter>();

/**
 * Returns the limiter of a handler that sets a rate. Handlers of one hub with the same rate share it, so that a second
 * endpoint does not double the rate of an address.
 *
 * @param rate - `false` for no limit.
 * @returns undefined for a handler that sets no rate: see {@link sharedJoinLimiter}.
 */
export function joinLimiterOf(
  hub: Hub,
  rate: JoinRate | false | undefined,
  now: () => number,
): JoinRateLimiter | undefined {
  if (rate === undefined) return undefined;
  if (rate === false) return new JoinRateLimiter(undefined, now);
  // What is left out has its default: an undefined number would let everybody in.
  const { perSecond = defaultRate.perSecond, burst = defaultRate.burst } = rate;
  return gateWith(hub, { perSecond, burst }, now);
}

/**
 * Returns the limiter of handlers that set no rate: the one that was configured last for the hub, or one of 100 joins
 * per second.
 */
export function sharedJoinLimiter(hub: Hub, now: () => number): JoinRateLimiter {
  return newestOf.get(hub) ?? gateWith(hub, defaultRate, now);
}

function gateWith(hub: Hub, rate: WholeRate, now: () => number): JoinRateLimiter {
  const gates = gatesOf.get(hub) ?? new Map<string, JoinRateLimiter>();
  const name = `${rate.perSecond} ${rate.burst}`;
  const gate = gates.get(name) ?? new JoinRateLimiter(rate, now);
  gatesOf.set(hub, gates.set(name, gate));
  newestOf.set(hub, gate);
  return gate;
}

/**
 * Returns the key under which a request is counted.
 *
 * @returns undefined for programs on this machine, which are not limited.
 */
export function countedAs(request: Pick<HttpRequest, 'address' | 'header'>): string | undefined {
  // A proxy on this machine has the loopback address too; while it is not trusted, all of its clients count as one.
  return rateLimitKey(request.address) ?? (hidesClient(request) ? normalAddress(request.address) : undefined);
}

/**
 * Names where a client is in the network, for the places of a full hub: its address, or its /64 and its /48.
 *
 * @param name - whom it counts as, as {@link countedAs} says.
 * @returns nothing for programs on this machine.
 */
export function neighbourhoodsOf(name: string | undefined): readonly string[] {
  if (name === undefined) return nowhere;
  const groups = name.split(':');
  return groups.length === 4 ? [name, groups.slice(0, 3).join(':')] : [name];
}

const nowhere: readonly string[] = [];
