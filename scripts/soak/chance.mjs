/** The ways of receiving that the clients take turns in. */
export const ways = [
  { name: 'sse', format: 'sse', mode: 'stream' },
  { name: 'ndjson', format: 'ndjson', mode: 'stream' },
  { name: 'xml', format: 'xml', mode: 'stream' },
  { name: 'js', format: 'js', mode: 'stream' },
  { name: 'pull', format: 'xml-strict', mode: 'long-poll' },
  { name: 'poll', format: 'ndjson', mode: 'poll' },
];

/** How a stay ends. A client that returns goes on at its cursor and must miss nothing. */
export const endings = ['leave', 'leave', 'vanish', 'vanish', 'return', 'return', 'return', 'stall'];

/** Waits. Units: milliseconds. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A random whole number, the upper bound left out. */
export const between = (min, max) => min + Math.floor(Math.random() * (max - min));

/** One of a list. */
export const pick = (list) => list[between(0, list.length)];

/** Notices when this process itself was held up, so that what its clients did too late is not held against the server. */
export class HoldUps {
  #last = performance.now();
  #at = Number.NEGATIVE_INFINITY;

  constructor() {
    setInterval(() => this.#look(), 200).unref();
  }

  /** True when there was one in the last so many milliseconds. */
  within(ms) {
    return performance.now() - this.#at < ms;
  }

  #look() {
    const now = performance.now();
    if (now - this.#last > 1000) this.#at = now;
    this.#last = now;
  }
}
