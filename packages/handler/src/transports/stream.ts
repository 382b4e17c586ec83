import type { ControlEvent } from '@cometkit/codec';
import type { CloseReason, Item, Session, Transport } from '@cometkit/core';
import type { SessionCall } from '../call.ts';
import type { EncodeOnce } from '../encode-once.ts';
import type { Flushable } from '../flush.ts';
import type { Outlet } from '../http.ts';
import type { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';
import { contextOf, type OpenStream } from '../session-context.ts';
import { ClientPulse, type PulsedStream } from './client-pulse.ts';
import { Deliveries } from './deliveries.ts';
import { firstWords, heartbeat } from './first-words.ts';
import { lastWords } from './last-words.ts';
import { idleMsOf } from './place-fields.ts';

// One write's worth: larger batches would only wait in the outlet. With what an outlet holds when it is congested (16 KiB
// of a socket) a reader that takes nothing costs 64 KiB, and most of that is shared with others.
const maxItems = 256;
const maxBytes = 49_152;

/** Events as they happen, over one answer that does not end. */
export class StreamTransport implements Transport, Flushable, OpenStream, PulsedStream {
  // In the order of use: what an event touches lies together.
  #dirty = false;
  #over = false;
  congested = false;
  /** Whether bytes that have left the process were counted as received. */
  #guessed = false;
  readonly #session: Session;
  readonly #service: Service;
  readonly #outlet: Outlet;
  /** What makes the bytes of a batch that is the same for all; undefined for classic formats, whose frames are numbered. */
  readonly #shared: EncodeOnce | undefined;
  #deliveries: Deliveries | undefined = undefined;
  readonly #frames: ResponseFrames;
  readonly #encoder: EncodeOnce;
  readonly idleMs: number;
  /** Undefined for a client that has not promised to answer heartbeats. */
  readonly #pulse: ClientPulse | undefined;

  constructor(call: SessionCall, frames: ResponseFrames, outlet: Outlet) {
    this.#service = call.service;
    this.#session = call.session;
    this.#outlet = outlet;
    this.#encoder = call.service.outflow.encoders.of(call.format);
    this.#shared = frames.format.classic ? undefined : this.#encoder;
    this.#frames = frames;
    this.idleMs = idleMsOf(call);
    this.#pulse = call.command.answersHeartbeats ? new ClientPulse(call.service, this) : undefined;
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
    const opening = { ack, past, idleMs: this.idleMs };
    this.#write(this.#encoder.encode(firstWords(this.#frames, this.#service, this.#session, opening)));
    if (this.#session.waiting) this.wake();
  }

  wake(): void {
    if (this.#dirty || this.#over) return;
    this.#dirty = true;
    this.#service.outflow.flusher.add(this);
  }

  peek(): number {
    return (this.#session.waiting ? 1 : 0) + (this.#outlet.peek?.() ?? 0);
  }

  flush(): void {
    this.#dirty = false;
    try {
      while (!this.#over && !this.congested && this.#session.waiting) {
        if (!this.#pour()) return;
      }
    } catch (error) {
      this.#service.report(error, 'stream transport');
      this.#give();
    }
  }

  idle(): void {
    this.beat();
    if (!this.#over && !this.congested) this.#pulse?.asked();
  }

  beat(): void {
    if (!this.#over && !this.congested)
      this.#write(this.#encoder.encode(heartbeat(this.#frames, this.#service)));
  }

  heard(): void {
    if (!this.#over) this.#pulse?.heard();
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
    this.#write(this.#shared?.batch(items) ?? this.#encoder.encode(this.#frames.items(items, this.#session)));
    if (!this.#session.acknowledges) this.#delivered(this.#session.taken);
    return true;
  }

  #write(bytes: Uint8Array): void {
    this.#deliveries?.written(bytes.length);
    if (!this.#outlet.write(bytes)) {
      this.congested = true;
      this.#service.stalls.add(this);
    }
    this.#service.hub.wrote(this.#session);
  }

  // Without acknowledgements an event counts as given once its bytes have left the process, and not before. As a rule the
  // kernel has taken them at once.
  #delivered(position: number): void {
    const { pendingBytes } = this.#outlet;
    if (pendingBytes === 0) {
      this.#deliveries = undefined;
      this.#guess(position);
      return;
    }
    this.#deliveries ??= new Deliveries(pendingBytes);
    this.#deliveries.note(position);
    this.#confirm();
  }

  #confirm(): void {
    const position = this.#deliveries?.left(this.#outlet.pendingBytes);
    if (position !== undefined && !this.#session.acknowledges) this.#guess(position);
  }

  #guess(position: number): void {
    this.#session.confirm(position);
    if (this.#guessed) return;
    this.#guessed = true;
    const context = contextOf(this.#session);
    if (context !== undefined) context.guessed = true;
  }

  #drained(): void {
    if (this.#over) return;
    if (this.congested) {
      this.congested = false;
      this.#service.stalls.remove(this);
    }
    this.#confirm();
    if (this.#session.waiting) this.wake();
  }

  #closed(): void {
    this.#service.outflow.closed();
    this.#service.stalls.remove(this);
    this.#retire();
  }

  #give(): void {
    this.#retire();
    this.#outlet.destroy();
  }

  #retire(): void {
    if (this.#over) return;
    this.#end();
    this.#confirm();
    this.#service.hub.detach(this.#session, this);
  }

  #end(): void {
    this.#over = true;
    this.#pulse?.end();
    const context = contextOf(this.#session);
    if (context?.stream === this) context.stream = undefined;
  }
}
