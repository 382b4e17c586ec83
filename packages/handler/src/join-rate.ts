import { CometError } from '@cometkit/core';

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
const longestAddress = 64;

/**
 * Lets each network address open so many sessions, and so many more with each second.
 *
 * Shape: loopback, where a server's own programs and proxies are, and clients without an address are let through. It
 * remembers the addresses that joined last, in bounded memory. SEC-12.
 */
export class JoinGate {
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
  pass(address: string): void {
    const name = this.#rate === undefined ? undefined : neighbourhood(address);
    if (this.#rate === undefined || name === undefined) return;
    const { burst } = this.#rate;
    const bucket = this.#bucketOf(name, this.#rate);
    if (bucket.left < 1)
      throw new CometError('too-busy', 'too many joins from this address', { limit: burst });
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

/**
 * Names those who count as one: an address of IPv4, or the /64 of one of IPv6, which is what one customer is given.
 *
 * Shape: undefined for loopback, and where no address is known.
 */
export function neighbourhood(address: string): string | undefined {
  const [text = ''] = address.slice(0, longestAddress).toLowerCase().split('%', 1);
  const last = text.slice(text.lastIndexOf(':') + 1);
  // IPv4 as it is, or in the form that a socket of both families shows it in.
  if (last.includes('.')) return last.startsWith('127.') ? undefined : last;
  if (text === '' || text === '::1') return undefined;
  const [head = '', tail = ''] = text.split('::', 2);
  const [first, rest] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - rest.length) }, () => '0');
  return [...first, ...zeros, ...rest].slice(0, 4).join(':');
}

function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text.split(':').map((group) => Number.parseInt(group, 16).toString(16));
}
