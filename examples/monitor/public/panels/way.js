import { Tally } from '../lib/tally.js';
import { badge } from './header.js';
import { wayCard } from './way-card.js';

/** Nothing for this long, though the clock ticks four times a second, means a dead connection: we open it anew. */
const SILENT_MS = 10_000;

/**
 * One way of receiving with its card and its count.
 *
 * @param {object} way an entry of receivers/index.js
 * @param {{subjects: string, offset: number, onEvent: (event: object) => void}} wiring `offset` is what the clock of
 *   the server is ahead of ours, in milliseconds
 */
export class Way {
  #tally = new Tally();
  #receiver;
  #card;
  #badge;
  #wiring;
  #state = 'paused';
  #resumed = false; // and no event since
  #gap = '';
  #heardAt = 0;

  constructor(way, wiring) {
    this.name = way.name;
    this.#wiring = wiring;
    this.#badge = badge(way.name);
    this.#card = wayCard(way, () => (this.#state === 'paused' ? this.resume() : this.pause()));
    this.#receiver = way.create({
      subjects: wiring.subjects,
      onEvent: (event) => this.#take(event),
      onState: (state, detail) => this.#show(state, detail),
      onFresh: () => this.#resumed && this.#tally.restart(),
    });
    setInterval(() => this.#watch(), 2000);
  }

  get element() {
    return this.#card.element;
  }

  get live() {
    return this.#state === 'live';
  }

  /** The id and key to send commands with, when this way has them. */
  get credentials() {
    return this.live && this.#receiver.session?.open ? this.#receiver.session.credentials : undefined;
  }

  resume() {
    this.#resumed = true;
    this.#heardAt = Date.now();
    this.#show('connecting');
    this.#receiver.start();
  }

  pause() {
    this.#receiver.stop();
    this.#show('paused');
  }

  /** The page is being closed: the server need not wait for our lease to end. */
  leave() {
    this.pause();
    this.#receiver.leave();
  }

  #take(event) {
    this.#heardAt = Date.now();
    if (event.type === 'gap') this.#tellOf(event);
    if (event.type !== 'data') return;
    this.#resumed = false;
    if (event.subject === '/system/clock') this.#tick(event.data);
    this.#wiring.onEvent(event, this);
  }

  /** The server names what it cannot deliver, and why: never is something lost without a word. */
  #tellOf(gap) {
    this.#gap = `told of a gap: ${gap.reason}`;
    this.#show('live');
  }

  #tick(data) {
    this.#tally.see(data);
    this.#card.showTick(this.#tally, Math.max(0, Date.now() + this.#wiring.offset - data.t));
  }

  #show(state, detail = this.#gap) {
    if (this.#state === 'paused' && state !== 'connecting') return; // an event that was still under way
    this.#state = state;
    this.#card.showState(state, detail);
    this.#badge.show(state);
  }

  #watch() {
    if (this.#state === 'paused' || Date.now() - this.#heardAt < SILENT_MS) return;
    this.#heardAt = Date.now();
    this.#show('retrying', 'nothing came any more');
    if (this.#receiver.retry) return this.#receiver.retry();
    this.#receiver.stop();
    this.#receiver.start();
  }
}
