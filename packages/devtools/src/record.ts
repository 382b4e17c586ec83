import type { ClientEvent } from '@cometkit/client';

/** How many events are kept to be shown. */
export const keptEvents = 50;
const keptDelays = 200;
const rateSeconds = 10;
// A clock that was set is forgotten after one to two of these (milliseconds).
const clockMs = 60_000;

/** An event, and when it came. */
export interface Arrival {
  /** Unix milliseconds of the page's clock. */
  readonly at: number;
  readonly event: ClientEvent;
}

/** How late events come, in milliseconds beyond the quickest message of the last minute. */
export interface Latency {
  readonly last: number;
  readonly median: number;
  readonly worst: number;
}

/** Something that happens now and then. */
export class Tally {
  count = 0;
  /** What was said of the last one; empty before the first. */
  last = '';

  add(text: string): void {
    this.count += 1;
    this.last = text;
  }
}

/**
 * What the panel remembers of a client: bounded, whatever comes. Times are Unix milliseconds of the page's clock and arguments,
 * those of the server are marked.
 */
export class ClientRecord {
  /** Since when the client is in its state. */
  since: number;
  /** Why the transport was taken. */
  reason = '';
  readonly gaps: Tally = new Tally();
  readonly reconnects: Tally = new Tally();
  readonly errors: Tally = new Tally();
  /** The last events, the oldest first. */
  readonly arrivals: Arrival[] = [];
  /** How many events have come. */
  total = 0;
  readonly #delays: number[] = [];
  readonly #seconds: { readonly second: number; count: number }[] = [];
  #clock = { since: 0, nearest: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY };

  constructor(now: number) {
    this.since = now;
  }

  /** Takes an event. */
  event(event: ClientEvent, now: number): void {
    this.total += 1;
    push(this.arrivals, { at: now, event }, keptEvents);
    const second = Math.floor(now / 1000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.count += 1;
    else push(this.#seconds, { second, count: 1 }, rateSeconds + 1);
    if (this.heard(event.time, now)) push(this.#delays, now - event.time, keptDelays);
  }

  /**
   * Takes the time of any message.
   *
   * @param serverTime - Unix milliseconds of the server's clock.
   * @returns false if it is none.
   */
  heard(serverTime: unknown, now: number): boolean {
    if (typeof serverTime !== 'number' || !(serverTime > 0)) return false;
    const clock = this.#clock;
    // A clock that was set back begins anew, too.
    if (now - clock.since > clockMs || now < clock.since)
      this.#clock = { since: now, nearest: Number.POSITIVE_INFINITY, before: clock.nearest };
    this.#clock.nearest = Math.min(this.#clock.nearest, now - serverTime);
    return true;
  }

  /**
   * The most that the page's clock can be ahead of the server's, in milliseconds: a message took some time, too. Below 0 the
   * page's clock is behind by at least that.
   *
   * @returns undefined before the first message.
   */
  get ahead(): number | undefined {
    const nearest = Math.min(this.#clock.nearest, this.#clock.before);
    return Number.isFinite(nearest) ? nearest : undefined;
  }

  /** Events a second, in the last ten seconds. */
  rate(now: number): number {
    const second = Math.floor(now / 1000);
    const recent = this.#seconds.filter(
      (entry) => entry.second > second - rateSeconds && entry.second <= second,
    );
    return recent.reduce((sum, { count }) => sum + count, 0) / rateSeconds;
  }

  /** @returns undefined before the first event. */
  get latency(): Latency | undefined {
    const { ahead } = this;
    const last = this.#delays.at(-1);
    if (ahead === undefined || last === undefined) return undefined;
    const sorted = this.#delays.map((delay) => Math.max(0, delay - ahead)).toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    return { last: Math.max(0, last - ahead), median, worst: sorted.at(-1) ?? 0 };
  }
}

function push<Entry>(list: Entry[], entry: Entry, limit: number): void {
  list.push(entry);
  if (list.length > limit) list.shift();
}
