import { send } from './wire.js';

/**
 * What a receiver keeps of its session: the public id, the secret key, and the cursor of the newest event.
 *
 * With id and key a channel that broke is opened again. The cursor says behind which event to go on, even in a new
 * session: the server's log keeps what was published meanwhile (ten minutes of it, if nobody says otherwise).
 */
export class Session {
  #id;
  #key;
  #cursor;

  get open() {
    return this.#id !== undefined;
  }

  /** What proves that a request is ours. */
  get credentials() {
    return { session: this.#id, key: this.#key };
  }

  /** The last event that we have, once there was one. */
  get place() {
    return this.#cursor === undefined ? {} : { ack: this.#cursor };
  }

  /** Looks at every event that comes in: acks bring the id and the key, the others the cursor. */
  note(event) {
    if (event.key !== undefined) {
      this.#id = event.session;
      this.#key = event.key;
    }
    if (event.cursor !== undefined) this.#cursor = event.cursor;
  }

  /** The server does not know the session any more: its lease is over, or the server was started anew. */
  forget() {
    this.#id = this.#key = undefined;
  }

  /** Says goodbye, also while the page is being closed: hence `keepalive`. Nobody waits for the answer. */
  leave() {
    if (!this.open) return;
    send({ type: 'leave', ...this.credentials }, { keepalive: true }).catch(ignore);
    this.forget();
  }
}

/** A goodbye that does not arrive costs the server one lease, and us nothing. */
const ignore = () => {};
