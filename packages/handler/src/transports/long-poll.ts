import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { Flushable } from '../flush.ts';
import type { HandlerContext } from '../handler-context.ts';
import { answerHeaders } from '../headers.ts';
import type {
  CloseWatcher,
  FiniteResponse,
  HttpHeaders,
  HttpResponse,
  PendingResponse,
  Responder,
} from '../http.ts';
import type { Poll } from '../poll.ts';
import { refuse } from '../refuse.ts';
import { framesOf, type ResponseFrames } from '../response-frames.ts';
import { contextOf, type GivenAnswer, newAnswer } from '../session-context.ts';
import { largeBytes } from '../unread-answers.ts';
import { utf8Length } from '../utf8.ts';
import { closingFrames } from './closing-frames.ts';
import type { Movable } from './movable.ts';
import { idleMsOf } from './place-fields.ts';
import { drawWait, refreshAck, refreshEvent } from './refresh-event.ts';
import { retellRevoked, tellRevoked, untoldOf } from './revoked-words.ts';

const gone: FiniteResponse = { status: 200, headers: {}, body: '' };

/** Sends events in one answer, which is held until there are any. */
export class LongPollTransport implements Transport, Flushable, CloseWatcher, PendingResponse, Movable {
  readonly idleMs: number;
  readonly #poll: Poll;
  readonly #handler: HandlerContext;
  readonly #session: Session;
  readonly #frames: ResponseFrames;
  readonly #nonce: string | undefined;
  readonly #given: GivenAnswer = newAnswer();
  #held = false;
  // Bytes of the answer that have not left, if it is large.
  #unread = 0;
  // Set as soon as the command is done; an answer that is ready earlier waits for it.
  #to: Responder | undefined = undefined;
  #early: HttpResponse | undefined = undefined;
  #dirty = false;
  #over = false;

  constructor(poll: Poll, nonce: string | undefined) {
    this.#poll = poll;
    this.#handler = poll.handler;
    this.#session = poll.session;
    this.#frames = framesOf(poll.handler.output.encoders.of(poll.format), nonce);
    this.#nonce = nonce;
    this.idleMs = idleMsOf(poll);
  }

  /**
   * Answers with the events that wait, or as soon as there are any.
   *
   * @param after - the cursor from which to continue.
   * @param hold - false answers immediately, even with nothing.
   * @param again - repeats the last answer, which had this many items.
   */
  answer(after: string | undefined, hold: boolean, again?: number): FiniteResponse | PendingResponse {
    if (this.#over) return gone;
    const { hub } = this.#handler;
    // The nodes of a cluster count the channels that were asked for, of which a poll is a part.
    const generation = hub.cluster === undefined ? undefined : this.#session.generation;
    hub.attach(this.#session, this, { after, generation });
    if (this.#session.closed) return this.#farewell('expired');
    // The client of the superseded channel may have polled again during the attach.
    if (this.#session.transport !== this) return this.#farewell('superseded');
    this.#follow(contextOf(this.#session)?.answer, again !== undefined);
    retellRevoked(this.#session, after);
    const items = this.#take(again);
    if (items.length > 0 || !hold || untoldOf(this.#session, this.#poll.format).length > 0)
      return this.#settle(items, false);
    this.#handler.output.opened();
    this.#held = true;
    return this;
  }

  hold(request: Responder): void {
    if (this.#early !== undefined) request.answer(this.#early);
    else this.#to = request;
  }

  wake(): void {
    if (this.#dirty || this.#over) return;
    this.#dirty = true;
    this.#handler.output.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    this.#release(() => {
      const items = this.#take();
      return items.length === 0 ? undefined : this.#settle(items, false);
    });
  }

  revoked(): void {
    if (this.#poll.format.cursors) this.#release(() => this.#settle(this.#take(), false));
  }

  idle(): void {
    this.#release(() => this.#settle([], true));
  }

  move(waitMs: number): void {
    const { format } = this.#poll;
    // In the original protocol every wait is drawn anyway.
    this.#release(() => this.#settle(this.#take(), false, format.cursors ? waitMs : undefined));
  }

  close(reason: CloseReason): void {
    this.#release(() => this.#farewell(reason));
  }

  // Must not throw into the core or the flush, which serve others in the same call.
  #release(answer: () => HttpResponse | undefined): void {
    if (!this.#held || this.#over) return;
    let response: HttpResponse | undefined;
    try {
      response = answer();
    } catch (error) {
      response = this.#refusal(error);
    }
    if (response !== undefined) this.#deliver(response);
  }

  #deliver(response: HttpResponse): void {
    try {
      if (this.#to === undefined) this.#early = response;
      else this.#to.answer(response);
    } catch (error) {
      this.#handler.report(error, 'an adapter');
    }
  }

  #refusal(error: unknown): HttpResponse {
    this.#finish();
    const { handler, session, format, cors } = this.#poll;
    const request = { header: () => undefined, address: '', query: '' };
    return refuse({ handler, session, format, cors, request, verb: 'refresh', addressed: true }, error);
  }

  #follow(last: GivenAnswer | undefined, repeated: boolean): void {
    if (last === undefined) return;
    this.#given.again = repeated ? last.again : last.position;
    if (!repeated) return;
    this.#given.carriers = last.carriers;
    this.#given.left = last.left;
  }

  #take(maxItems?: number): readonly Item[] {
    const { unread } = this.#handler.output;
    // An answer that is repeated has to bring as much as before.
    const maxBytes = unread.full && maxItems === undefined ? unread.room : undefined;
    const items = this.#session.waiting ? this.#session.take(maxItems, maxBytes) : [];
    this.#given.count = items.length;
    return items;
  }

  #settle(items: readonly Item[], idle: boolean, waitMs?: number): FiniteResponse {
    const context = contextOf(this.#session);
    let text = this.#opening() + tellRevoked(this.#frames, this.#session, this.#handler.time);
    text += this.#frames.items(items, this.#session);
    if (idle) text += this.#frames.heartbeat(this.#handler.time);
    this.#given.position = this.#session.taken;
    this.#given.reached = this.#session.cursor;
    this.#given.waitMs = waitMs ?? drawWait(this.#poll);
    if (context !== undefined) context.answer = this.#given;
    if (items.length > 0) clusterNodeOf(this.#handler)?.gave(this.#session);
    const end = this.#frames.control(refreshEvent(this.#poll, this.#given.waitMs));
    return this.#respond(text + end, answersIn(this.#poll.format).seenHeaders(this.#poll));
  }

  // Without a refresh event the loop of the client ends here.
  #farewell(reason: CloseReason): FiniteResponse {
    return this.#respond(this.#opening() + closingFrames(this.#frames, reason, this.#handler));
  }

  #opening(): string {
    return this.#frames.begin() + this.#frames.control(refreshAck(this.#poll));
  }

  #respond(text: string, extra?: HttpHeaders): FiniteResponse {
    const { format, cors } = this.#poll;
    this.#finish();
    const headers = answerHeaders(format.contentType, cors, this.#nonce);
    const body = text + this.#frames.end();
    const bytes = utf8Length(body);
    this.#handler.output.totals.pollBytes += bytes;
    if (bytes >= largeBytes && this.#given.complete === undefined) this.#hold(bytes);
    return {
      status: 200,
      headers: extra === undefined ? headers : { ...headers, ...extra },
      body,
    };
  }

  #hold(bytes: number): void {
    const context = contextOf(this.#session);
    if (context === undefined) return;
    this.#unread += bytes;
    this.#handler.output.unread.hold(context, bytes);
  }

  #finish(): void {
    this.#over = true;
    this.#handler.hub.detach(this.#session, this);
  }

  closed(complete: boolean): void {
    if (this.#given.complete !== undefined) return;
    const { connection } = this.#poll;
    if (this.#unread > 0) this.#hold(-this.#unread);
    this.#given.complete = complete;
    this.#given.endedAt = this.#handler.settings.runtime.now();
    if (complete) this.#given.left = true;
    if (complete && connection !== undefined) {
      this.#given.carriers ??= new WeakSet();
      this.#given.carriers.add(connection);
    }
    if (this.#held) this.#handler.output.closed();
    if (this.#over) return;
    this.#finish();
    if (this.#held) this.#deliver(gone);
  }
}
