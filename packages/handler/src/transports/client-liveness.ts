import type { HandlerContext } from '../handler-context.ts';
import type { Stallable } from '../watchdog.ts';

/** A stream whose client promised to answer heartbeats. */
export interface AnsweringStream extends Stallable {
  /** True while a heartbeat would only be buffered behind data that its reader has not taken. */
  readonly congested: boolean;
  /** Sends a heartbeat that the client must answer. */
  idle(): void;
}

/**
 * Checks that a client that promised to answer heartbeats is alive: a silent one gets a heartbeat, and its stream ends
 * if it stays silent. Writing to the stream proves nothing, because the stream may be busy after the client is gone;
 * only messages of the client count.
 */
export class ClientLiveness implements Stallable {
  readonly #handler: HandlerContext;
  readonly #stream: AnsweringStream;

  constructor(handler: HandlerContext, stream: AnsweringStream) {
    this.#handler = handler;
    this.#stream = stream;
  }

  /** Called when the client has sent something. */
  heard(): void {
    this.#handler.unanswered.remove(this.#stream);
    this.#handler.unheard.renew(this);
  }

  /** Called when a heartbeat was sent to the client. */
  asked(): void {
    this.#handler.unanswered.add(this.#stream);
  }

  /** Called when the client was silent for too long. */
  stalled(): void {
    if (this.#stream.congested) this.#handler.unheard.add(this);
    else if (!this.#handler.unanswered.watches(this.#stream)) this.#stream.idle();
  }

  /** Stops watching; the stream has ended. */
  end(): void {
    this.#handler.unanswered.remove(this.#stream);
    this.#handler.unheard.remove(this);
  }
}
