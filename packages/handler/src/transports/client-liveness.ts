import type { HandlerContext } from '../handler-context.ts';
import type { Stallable } from '../watchdog.ts';

/** The stream of a client that has promised to answer heartbeats. */
export interface AnsweringStream extends Stallable {
  /** True while a heartbeat would only wait behind what its reader has not taken. */
  readonly congested: boolean;
  /** Sends a heartbeat that has to be answered. */
  idle(): void;
}

/**
 * Watches a client that has promised to answer heartbeats: one that is not heard of is asked, and given up if it is silent
 * then. The stream may be busy and its client long gone: only what the client says is a sign of life.
 */
export class ClientLiveness implements Stallable {
  readonly #service: HandlerContext;
  readonly #stream: AnsweringStream;

  constructor(service: HandlerContext, stream: AnsweringStream) {
    this.#service = service;
    this.#stream = stream;
  }

  /** The client has said something. */
  heard(): void {
    this.#service.unanswered.remove(this.#stream);
    this.#service.unheard.renew(this);
  }

  /** A heartbeat was sent to it. */
  asked(): void {
    this.#service.unanswered.add(this.#stream);
  }

  /** It was silent for too long. */
  stalled(): void {
    if (this.#stream.congested) this.#service.unheard.add(this);
    else if (!this.#service.unanswered.watches(this.#stream)) this.#stream.idle();
  }

  /** The stream is over. */
  end(): void {
    this.#service.unanswered.remove(this.#stream);
    this.#service.unheard.remove(this);
  }
}
