import { byId, setText } from '../lib/dom.js';

/**
 * Gives the page one stream of events out of five that bring the same ones: the first way that is live feeds the
 * tiles. Chat and hot-plug events are taken from whichever way brings them first, each once, by their `id`.
 */
export class Feed {
  #ways;
  #listeners = [];
  #seen = new Set();

  constructor(ways) {
    this.#ways = ways;
  }

  /** Calls the listener with the data of every event whose subject begins so. */
  on(prefix, listener) {
    this.#listeners.push({ prefix, listener });
  }

  take(event, way) {
    const wanted = event.data?.id === undefined ? way === this.#source() : this.#isNew(event.data.id);
    if (!wanted) return;
    for (const { prefix, listener } of this.#listeners) {
      if (event.subject.startsWith(prefix)) listener(event.data, event);
    }
  }

  #source() {
    const source = this.#ways.find((way) => way.live);
    if (source) setText(byId('feed'), `brought by ${source.name}`);
    return source;
  }

  #isNew(id) {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > 1000) this.#seen.delete(this.#seen.values().next().value);
    return true;
  }
}
