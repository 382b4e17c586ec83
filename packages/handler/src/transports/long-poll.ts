import { carriesCursors } from '@cometkit/codec';
import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import { control, type SessionCall } from '../call.ts';
import type { Flushable } from '../flush.ts';
import { answerHeaders } from '../headers.ts';
import type { FiniteResponse, HttpHeaders } from '../http.ts';
import { framesOf, type ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { contextOf, type GivenAnswer } from '../session-context.ts';
import { heartbeat } from './first-words.ts';
import { lastWords } from './last-words.ts';
import { idleMsOf } from './place-fields.ts';
import { drawWait, refreshEvent } from './refresh-event.ts';
import { seenHeaders } from './seen-cookie.ts';

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
  readonly #given: GivenAnswer = newAnswer();
  #waiting: Waiting | undefined = undefined;
  #dirty = false;
  #over = false;

  constructor(call: SessionCall, nonce: string | undefined) {
    this.#call = call;
    this.#service = call.service;
    this.#session = call.session;
    this.#frames = framesOf(call.service.outflow.encoders.of(call.format), nonce);
    this.#nonce = nonce;
    this.idleMs = idleMsOf(call);
    call.request.onClose((complete) => this.#closed(complete));
  }

  /**
   * Answers with what waits, or as soon as something does.
   *
   * Shape: `hold` false answers at once, with nothing if need be; with `again` the answer is the last one once more, which
   * had that many items.
   */
  answer(after: string | undefined, hold: boolean, again?: number): FiniteResponse | Held {
    if (this.#over) return gone;
    this.#service.hub.attach(this.#session, this, { after });
    if (this.#session.closed) return this.#farewell('expired');
    this.#follow(contextOf(this.#session)?.answer, again !== undefined);
    const items = this.#take(again);
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

  peek(): number {
    return this.#session.waiting ? 1 : 0;
  }

  flush(): void {
    this.#dirty = false;
    this.#release(() => {
      const items = this.#take();
      return items.length === 0 ? undefined : this.#settle(items, false);
    });
  }

  idle(): void {
    this.#release(() => this.#settle([], true));
  }

  close(reason: CloseReason): void {
    this.#release(() => this.#farewell(reason));
  }

  // Nothing is thrown at the core or at the flush, which serve others in the same call.
  #release(answer: () => FiniteResponse | undefined): void {
    if (this.#waiting === undefined || this.#over) return;
    try {
      const response = answer();
      if (response !== undefined) this.#waiting.resolve(response);
    } catch (error) {
      this.#finish();
      this.#waiting.reject(error);
    }
  }

  #follow(last: GivenAnswer | undefined, repeated: boolean): void {
    if (last === undefined) return;
    this.#given.again = repeated ? last.again : last.position;
    if (!repeated) return;
    this.#given.carriers = last.carriers;
    this.#given.left = last.left;
  }

  #take(maxItems?: number): readonly Item[] {
    const items = this.#session.waiting ? this.#session.take(maxItems) : [];
    this.#given.count = items.length;
    return items;
  }

  #settle(items: readonly Item[], idle: boolean): FiniteResponse {
    const context = contextOf(this.#session);
    let text = this.#opening() + this.#frames.items(items, this.#session);
    if (idle) text += heartbeat(this.#frames, this.#service);
    this.#given.position = this.#session.taken;
    this.#given.reached = this.#session.cursor;
    this.#given.waitMs = drawWait(this.#call);
    if (context !== undefined) context.answer = this.#given;
    const end = this.#frames.control(refreshEvent(this.#call, this.#given.waitMs));
    return this.#respond(text + end, seenHeaders(this.#call));
  }

  // Without a refresh event the loop of the client ends here.
  #farewell(reason: CloseReason): FiniteResponse {
    return this.#respond(this.#opening() + lastWords(this.#frames, reason, this.#service));
  }

  #opening(): string {
    const { command, format } = this.#call;
    const generation = carriesCursors(format) ? this.#session.generation : undefined;
    const ack = control(`${command.verb}-ack`, [
      ['p_time', this.#service.time],
      ['p_gen', generation],
    ]);
    return this.#frames.begin() + this.#frames.control(ack);
  }

  #respond(text: string, extra?: HttpHeaders): FiniteResponse {
    const { format, cors } = this.#call;
    this.#finish();
    const headers = answerHeaders(format.contentType, cors, this.#nonce);
    return {
      status: 200,
      headers: extra === undefined ? headers : { ...headers, ...extra },
      body: text + this.#frames.end(),
    };
  }

  #finish(): void {
    this.#over = true;
    this.#service.hub.detach(this.#session, this);
  }

  #closed(complete: boolean): void {
    const { connection } = this.#call.request;
    this.#given.complete = complete;
    this.#given.endedAt = this.#service.settings.runtime.now();
    if (complete) this.#given.left = true;
    // Who acknowledges is never asked how its answers came, and a weak set for each poll is dear to the collector.
    if (complete && connection !== undefined && !this.#session.acknowledges) {
      this.#given.carriers ??= new WeakSet();
      this.#given.carriers.add(connection);
    }
    if (this.#waiting !== undefined) this.#service.outflow.closed();
    if (this.#over) return;
    this.#finish();
    this.#waiting?.resolve(gone);
  }
}

function newAnswer(): GivenAnswer {
  return {
    reached: '',
    position: 0,
    count: 0,
    again: 0,
    waitMs: 0,
    carriers: undefined,
    left: false,
    complete: undefined,
    endedAt: 0,
  };
}
