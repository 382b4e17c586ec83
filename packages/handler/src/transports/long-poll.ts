import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import { control, type SessionCall } from '../call.ts';
import type { Flushable } from '../flush.ts';
import { answerHeaders } from '../headers.ts';
import type { FiniteResponse } from '../http.ts';
import { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { contextOf, type GivenAnswer } from '../session-context.ts';
import { lastWords } from './last-words.ts';
import { refreshEvent } from './refresh-event.ts';

interface Waiting {
  resolve(response: FiniteResponse): void;
  reject(error: unknown): void;
}

/** An answer that is held. Not a promise itself: the commands behind it do not wait for it. */
export interface Held {
  readonly held: Promise<FiniteResponse>;
}

const gone: FiniteResponse = { status: 200, headers: {}, body: '' };

/** Events in one answer, which is held until there are any. */
export class LongPollTransport implements Transport, Flushable {
  readonly idleMs: number;
  readonly #call: SessionCall;
  readonly #service: Service;
  readonly #session: Session;
  readonly #frames: ResponseFrames;
  readonly #nonce: string | undefined;
  readonly #given: GivenAnswer = { position: 0, complete: undefined };
  #waiting: Waiting | undefined = undefined;
  #dirty = false;
  #over = false;

  constructor(call: SessionCall, nonce: string | undefined) {
    this.#call = call;
    this.#service = call.service;
    this.#session = call.session;
    this.#frames = new ResponseFrames(call.service.outflow.encoders.of(call.format), nonce);
    this.#nonce = nonce;
    this.idleMs = call.service.hub.limits.heartbeatMs;
    call.request.onClose((complete) => this.#closed(complete));
  }

  /**
   * Answers with what waits, or as soon as something does.
   *
   * Shape: `hold` false answers at once, with nothing if need be.
   */
  answer(after: string | undefined, hold: boolean): FiniteResponse | Held {
    if (this.#over) return gone;
    this.#service.hub.attach(this.#session, this, { after });
    if (this.#session.closed) return this.#farewell('expired');
    const items = this.#session.waiting ? this.#session.take() : [];
    if (items.length > 0 || !hold) return this.#settle(items, false);
    this.#service.outflow.opened();
    const held = new Promise<FiniteResponse>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    return { held };
  }

  wake(): void {
    if (this.#dirty || this.#over) return;
    this.#dirty = true;
    this.#service.outflow.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    if (this.#waiting === undefined || this.#over) return;
    const items = this.#session.take();
    if (items.length > 0) this.#release(() => this.#settle(items, false));
  }

  idle(): void {
    this.#release(() => this.#settle([], true));
  }

  close(reason: CloseReason): void {
    this.#release(() => this.#farewell(reason));
  }

  #release(answer: () => FiniteResponse): void {
    if (this.#waiting === undefined || this.#over) return;
    try {
      this.#waiting.resolve(answer());
    } catch (error) {
      this.#finish();
      this.#waiting.reject(error);
    }
  }

  #settle(items: readonly Item[], idle: boolean): FiniteResponse {
    const context = contextOf(this.#session);
    let text = this.#opening() + this.#frames.items(items, this.#session);
    if (idle) text += this.#frames.numbered(control('hb', [['p_time', this.#service.time]]));
    this.#given.position = this.#session.taken;
    if (context !== undefined) context.answer = this.#given;
    return this.#respond(text + this.#frames.control(refreshEvent(this.#call)));
  }

  // Without a refresh event the loop of the client ends here.
  #farewell(reason: CloseReason): FiniteResponse {
    return this.#respond(this.#opening() + lastWords(this.#frames, reason, this.#service));
  }

  #opening(): string {
    const ack = control(`${this.#call.command.verb}-ack`, [['p_time', this.#service.time]]);
    return this.#frames.begin() + this.#frames.control(ack);
  }

  #respond(text: string): FiniteResponse {
    const { format, cors } = this.#call;
    this.#finish();
    const headers = answerHeaders(format.contentType, cors, this.#nonce);
    return { status: 200, headers, body: text + this.#frames.end() };
  }

  #finish(): void {
    this.#over = true;
    this.#service.hub.detach(this.#session, this);
  }

  #closed(complete: boolean): void {
    this.#given.complete = complete;
    if (this.#waiting !== undefined) this.#service.outflow.closed();
    if (this.#over) return;
    this.#finish();
    this.#waiting?.resolve(gone);
  }
}
