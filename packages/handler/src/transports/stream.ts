import type { ControlEvent, Field } from '@cometkit/codec';
import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import { control, type SessionCall } from '../call.ts';
import type { EncodeOnce } from '../encode-once.ts';
import type { Flushable } from '../flush.ts';
import type { Outlet } from '../http.ts';
import type { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { contextOf } from '../session-context.ts';
import type { Stallable } from '../stall-watch.ts';
import { encodeUtf8 } from '../utf8.ts';
import { Deliveries } from './deliveries.ts';
import { lastWords } from './last-words.ts';

// One write's worth: larger batches would only wait in the outlet.
const maxItems = 256;
const maxBytes = 65_536;
// A modern client takes fifteen silent seconds for a dead connection.
const modernIdleMs = 10_000;

/** Events as they happen, over one answer that does not end. */
export class StreamTransport implements Transport, Flushable, Stallable {
  readonly idleMs: number;
  readonly #service: Service;
  readonly #session: Session;
  readonly #encoder: EncodeOnce;
  readonly #frames: ResponseFrames;
  readonly #outlet: Outlet;
  readonly #deliveries = new Deliveries();
  readonly #probed: boolean;
  #dirty = false;
  #congested = false;
  #over = false;

  constructor(call: SessionCall, frames: ResponseFrames, outlet: Outlet) {
    this.#service = call.service;
    this.#session = call.session;
    this.#encoder = call.service.outflow.encoders.of(call.format);
    this.#frames = frames;
    this.#outlet = outlet;
    const { heartbeatMs } = call.service.hub.limits;
    this.idleMs = call.format.classic ? heartbeatMs : Math.min(heartbeatMs, modernIdleMs);
    this.#probed = call.command.answersHeartbeats;
    const context = contextOf(call.session);
    if (context !== undefined) context.probed = this.#probed ? this : undefined;
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
    const { classic } = this.#frames.format;
    const fields: Field[] = classic ? [] : [['p_cur', this.#session.cursor]];
    const text =
      this.#frames.begin() +
      this.#frames.control({ event: ack.event, fields: [...ack.fields, ...fields] }) +
      this.#heartbeat() +
      this.#frames.items(past, this.#session);
    this.#write(encodeUtf8(text));
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
    if (this.#over || this.#congested) return;
    this.#write(encodeUtf8(this.#heartbeat()));
    if (this.#probed) this.#service.outflow.unanswered.add(this);
  }

  close(reason: CloseReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#outlet.write(encodeUtf8(lastWords(this.#frames, reason, this.#service) + this.#frames.end()));
    this.#outlet.end();
    // A reader that takes nothing would hold the socket for ever.
    this.#service.stalls.add(this);
  }

  /** Gives the channel up: its reader takes nothing, or is silent. The session lives on and can be listened to again. */
  stalled(): void {
    this.#give();
  }

  #pour(): boolean {
    const items = this.#session.take(maxItems, maxBytes);
    if (items.length === 0) return false;
    const { classic } = this.#frames.format;
    this.#write(classic ? encodeUtf8(this.#frames.items(items, this.#session)) : this.#encoder.batch(items));
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
    if (position !== undefined && !this.#session.acknowledges) this.#session.confirm(position);
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
    this.#service.outflow.unanswered.remove(this);
    this.#service.stalls.remove(this);
    if (this.#over) return;
    this.#over = true;
    this.#confirm();
    this.#service.hub.detach(this.#session, this);
  }

  #give(): void {
    if (!this.#over) {
      this.#over = true;
      this.#confirm();
      this.#service.hub.detach(this.#session, this);
    }
    this.#outlet.destroy();
  }

  #heartbeat(): string {
    return this.#frames.numbered(control('hb', [['p_time', this.#service.time]]));
  }
}
