import { type ControlEvent, carriesCursors } from '@cometkit/codec';
import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import { control, type SessionCall } from '../call.ts';
import type { EncodeOnce } from '../encode-once.ts';
import type { Flushable } from '../flush.ts';
import type { Outlet } from '../http.ts';
import type { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { contextOf, type OpenStream } from '../session-context.ts';
import type { Stallable } from '../stall-watch.ts';
import { Deliveries } from './deliveries.ts';
import { lastWords } from './last-words.ts';
import { idleMsOf, placeFields } from './place-fields.ts';

// One write's worth: larger batches would only wait in the outlet. With what an outlet holds when it is congested (16 KiB
// of a socket) a reader that takes nothing costs 64 KiB, and most of that is shared with others.
const maxItems = 256;
const maxBytes = 49_152;

/** Events as they happen, over one answer that does not end. */
export class StreamTransport implements Transport, Flushable, OpenStream, Stallable {
  readonly idleMs: number;
  readonly #service: Service;
  readonly #session: Session;
  readonly #encoder: EncodeOnce;
  readonly #frames: ResponseFrames;
  readonly #outlet: Outlet;
  readonly #deliveries = new Deliveries();
  readonly #answers: boolean;
  readonly #unheard: Stallable = { stalled: () => this.#ask() };
  #dirty = false;
  #congested = false;
  #over = false;

  constructor(call: SessionCall, frames: ResponseFrames, outlet: Outlet) {
    this.#service = call.service;
    this.#session = call.session;
    this.#encoder = call.service.outflow.encoders.of(call.format);
    this.#frames = frames;
    this.#outlet = outlet;
    this.idleMs = idleMsOf(call);
    this.#answers = call.command.answersHeartbeats;
  }

  /** Opens the channel: the acknowledgement, a heartbeat, past events if any, then everything that waits. */
  start(ack: ControlEvent, past: readonly Item[], after: string | undefined): void {
    this.#service.outflow.opened();
    this.#outlet.onDrain(() => this.#drained());
    this.#outlet.onClose(() => this.#closed());
    if (this.#over) return;
    this.#service.hub.attach(this.#session, this, { after });
    if (this.#session.closed) {
      this.close('expired');
      return;
    }
    const context = contextOf(this.#session);
    if (context !== undefined) context.stream = this;
    this.heard();
    const place = carriesCursors(this.#frames.format)
      ? placeFields(this.#session, this.idleMs, this.#service.hub.limits.queueLimit)
      : [];
    const text =
      this.#frames.begin() +
      this.#frames.control({ event: ack.event, fields: [...ack.fields, ...place] }) +
      this.#heartbeat() +
      this.#frames.items(past, this.#session);
    this.#write(this.#encoder.encode(text));
    if (this.#session.waiting) this.wake();
  }

  wake(): void {
    if (this.#dirty || this.#over) return;
    this.#dirty = true;
    this.#service.outflow.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    try {
      while (!this.#over && !this.#congested && this.#session.waiting) {
        if (!this.#pour()) return;
      }
    } catch (error) {
      this.#service.report(error, 'stream transport');
      this.#give();
    }
  }

  idle(): void {
    this.beat();
    if (this.#answers && !this.#over && !this.#congested) this.#service.unanswered.add(this);
  }

  beat(): void {
    if (!this.#over && !this.#congested) this.#write(this.#encoder.encode(this.#heartbeat()));
  }

  heard(): void {
    if (!this.#answers || this.#over) return;
    this.#service.unanswered.remove(this);
    this.#service.unheard.renew(this.#unheard);
  }

  close(reason: CloseReason): void {
    if (this.#over) return;
    this.#end();
    // A reader that takes nothing would hold the socket for ever. Watched before the end, which may close at once.
    this.#service.stalls.add(this);
    const words = lastWords(this.#frames, reason, this.#service) + this.#frames.end();
    this.#outlet.write(this.#encoder.encode(words));
    this.#outlet.end();
  }

  /** Gives the channel up: its reader takes nothing, or is silent. The session lives on and can be listened to again. */
  stalled(): void {
    this.#give();
  }

  #pour(): boolean {
    const items = this.#session.take(maxItems, maxBytes);
    if (items.length === 0) return false;
    const { classic } = this.#frames.format;
    this.#write(
      classic ? this.#encoder.encode(this.#frames.items(items, this.#session)) : this.#encoder.batch(items),
    );
    if (this.#session.acknowledges) return true;
    this.#deliveries.note(this.#session.taken);
    this.#confirm();
    return true;
  }

  #write(bytes: Uint8Array): void {
    this.#deliveries.written(bytes.length);
    if (!this.#outlet.write(bytes)) {
      this.#congested = true;
      this.#service.stalls.add(this);
    }
    this.#service.hub.wrote(this.#session);
  }

  // Without acknowledgements an event counts as given once its bytes have left the process, and not before.
  #confirm(): void {
    const position = this.#deliveries.left(this.#outlet.pendingBytes);
    if (position === undefined || this.#session.acknowledges) return;
    this.#session.confirm(position);
    const context = contextOf(this.#session);
    if (context !== undefined) context.guessed = true;
  }

  #drained(): void {
    if (this.#over) return;
    if (this.#congested) {
      this.#congested = false;
      this.#service.stalls.remove(this);
    }
    this.#confirm();
    if (this.#session.waiting) this.wake();
  }

  #closed(): void {
    this.#service.outflow.closed();
    this.#service.stalls.remove(this);
    if (this.#over) return;
    this.#end();
    this.#confirm();
    this.#service.hub.detach(this.#session, this);
  }

  #give(): void {
    if (!this.#over) {
      this.#end();
      this.#confirm();
      this.#service.hub.detach(this.#session, this);
    }
    this.#outlet.destroy();
  }

  // The stream may be busy, and its client long gone: only what the client says is a sign of life.
  #ask(): void {
    if (this.#congested) this.#service.unheard.add(this.#unheard);
    else if (!this.#service.unanswered.watches(this)) this.idle();
  }

  #end(): void {
    this.#over = true;
    this.#service.unanswered.remove(this);
    this.#service.unheard.remove(this.#unheard);
    const context = contextOf(this.#session);
    if (context?.stream === this) context.stream = undefined;
  }

  #heartbeat(): string {
    return this.#frames.numbered(control('hb', [['p_time', this.#service.time]]));
  }
}
