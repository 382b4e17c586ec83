import type { ControlEvent } from '@cometkit/codec';
import type { AttachOptions, CloseReason, Item, Session, Subscription, Transport } from '@cometkit/core';
import type { SessionCall } from '../call.ts';
import type { SilentEnd } from '../dialects/answers.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { EncodeCache } from '../encode-cache.ts';
import { batchLimits, type Flushable, sinkOf } from '../flush.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { Outlet, OutletWatcher } from '../http.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { contextOf, type OpenStream } from '../session-context.ts';
import { type AnsweringStream, ClientLiveness } from './client-liveness.ts';
import { closingFrames, movingFrames } from './closing-frames.ts';
import type { Movable } from './movable.ts';
import { openingFrames, openingPauseMs } from './opening-frames.ts';
import { idleMsOf } from './place-fields.ts';
import { count, guess, type Receipts } from './receipts.ts';
import { revokedWords } from './revoked-words.ts';

/** Sends events as they happen, over one answer that does not end. */
export class StreamTransport
  implements Transport, Flushable, OpenStream, AnsweringStream, OutletWatcher, Movable
{
  #dirty = false;
  #over = false;
  // What counted as received when the stream opened.
  #from = 0;
  congested = false;
  readonly #session: Session;
  readonly #handler: HandlerContext;
  readonly #outlet: Outlet;
  // Undefined while nothing is buffered in the outlet.
  #receipts: Receipts | undefined = undefined;
  readonly #frames: ResponseFrames;
  readonly #encoder: EncodeCache;
  readonly #silentEnd: SilentEnd | undefined;
  // What follows a small first write after a pause.
  #rest: Uint8Array | undefined = undefined;
  readonly idleMs: number;
  readonly #liveness: ClientLiveness | undefined;
  readonly #provisional: boolean;

  constructor(call: SessionCall, frames: ResponseFrames, outlet: Outlet) {
    this.#handler = call.handler;
    this.#session = call.session;
    this.#outlet = outlet;
    this.#encoder = call.handler.output.encoders.of(call.format);
    this.#frames = frames;
    this.#silentEnd = answersIn(call.format).silentEnd(call);
    this.idleMs = idleMsOf(call);
    this.#provisional = isProvisional(call);
    this.#liveness = call.command.answersHeartbeats ? new ClientLiveness(call.handler, this) : undefined;
  }

  /** Opens the channel: writes the acknowledgement, a heartbeat, past events if any, then everything that waits. */
  start(ack: ControlEvent, past: readonly Item[], { after, generation }: AttachOptions): void {
    this.#handler.output.opened();
    this.#outlet.watch(this);
    if (this.#over) return;
    this.#handler.hub.attach(this.#session, this, {
      after,
      generation,
      provisional: this.#provisional,
    });
    if (this.#session.closed) this.close('expired');
    if (this.#over) return;
    const context = contextOf(this.#session);
    if (context !== undefined) context.stream = this;
    this.#from = this.#session.acked;
    this.heard();
    const opening = { ack, past, idleMs: this.idleMs };
    const words = openingFrames(this.#frames, this.#encoder, this.#handler, this.#session, opening);
    this.#rest = words.rest;
    this.#write(words.first);
    if (words.rest === undefined) this.#goOn();
    else this.#handler.settings.runtime.later(() => this.#endOpening(), openingPauseMs);
  }

  wake(): void {
    if (this.#dirty || this.#over) return;
    this.#dirty = true;
    this.#handler.output.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    const { flusher } = this.#handler.output;
    try {
      while (!this.#held && this.#session.waiting) {
        if (!this.#pour()) return;
        if (!flusher.drains) break;
      }
      if (this.#held) return;
      if (this.#session.waiting) this.#flushAgain();
      else this.#joinGroups();
    } catch (error) {
      this.#handler.report(error, 'stream transport');
      this.stalled();
    }
  }

  // One batch in a turn, so that all who catch up get one.
  #flushAgain(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#handler.output.flusher.again(this);
  }

  get guesses(): boolean {
    return !this.#session.acknowledges && this.#session.acked > this.#from;
  }

  fellBehind(): void {
    this.#congest();
    this.#poured();
  }

  revoked(subscriptions: readonly Subscription[]): void {
    const words = this.#over ? '' : revokedWords(this.#frames, subscriptions, this.#handler.time);
    if (words !== '') this.#write(this.#encoder.encode(words));
  }

  idle(): void {
    this.beat();
    if (!this.#held) this.#liveness?.asked();
  }

  beat(): void {
    if (!this.#held) this.#write(this.#frames.heartbeatBytes(this.#handler.time));
  }

  heard(): void {
    if (!this.#over) this.#liveness?.heard();
  }

  close(reason: CloseReason): void {
    if (this.#over) return;
    this.#writeRest();
    this.#end();
    const words = closingFrames(this.#frames, reason, this.#handler);
    // A reader that takes nothing would hold the socket forever. Watched before the end, which may close
    // synchronously.
    this.#handler.stalls.add(this);
    if (words === '' && this.#silentEnd?.end(this.#outlet, reason)) return;
    this.#outlet.write(this.#encoder.encode(words + this.#frames.end()));
    this.#outlet.end();
  }

  move(waitMs: number): void {
    if (this.#over) return;
    // One of the original protocol cannot take its session along.
    if (!this.#frames.format.cursors) {
      this.#handler.hub.leave(this.#session, 'shutdown');
      return;
    }
    this.#writeRest();
    this.#retire();
    this.#handler.stalls.add(this);
    const words = movingFrames(this.#frames, this.#session, waitMs, this.#handler.time);
    this.#outlet.write(this.#encoder.encode(words + this.#frames.end()));
    this.#outlet.end();
  }

  /**
   * Drops the channel because its reader takes nothing or is silent. The session stays and can be listened to again.
   */
  stalled(): void {
    this.#retire();
    this.#outlet.destroy();
  }

  drained(): void {
    if (this.#over) this.#silentEnd?.drained(this.#outlet);
    if (this.#over) return;
    if (this.congested) {
      this.congested = false;
      this.#handler.stalls.remove(this);
    }
    this.#receipts?.left();
    this.#arrived();
    this.#goOn();
  }

  closed(): void {
    this.#handler.output.closed();
    this.#handler.stalls.remove(this);
    this.#retire();
  }

  // True while nothing may be written.
  get #held(): boolean {
    return this.#over || this.congested || this.#rest !== undefined;
  }

  #endOpening(): void {
    if (this.#over || this.#rest === undefined) return;
    this.#writeRest();
    if (!this.congested) this.#goOn();
  }

  #writeRest(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.#write(rest);
  }

  #pour(): boolean {
    const items = this.#session.take(batchLimits.items, batchLimits.bytes);
    if (items.length === 0) return false;
    this.#write(this.#frames.bytes(items, this.#session));
    this.#poured();
    return true;
  }

  // Joins a delivery group, which serves streams that are up to date and get the same bytes.
  #joinGroups(): void {
    if (this.#frames.format.numbered || this.#over || this.#outlet.pendingBytes > 0) return;
    this.#receipts = undefined;
    const { hub, output } = this.#handler;
    hub.joinGroup(this.#session, output.writerOf(this.#encoder), sinkOf(this.#outlet));
  }

  // Called when everything in the outlet has left the process.
  #arrived(): void {
    const { acknowledges, acked, taken } = this.#session;
    if (!acknowledges && acked < taken && this.#outlet.pendingBytes === 0) guess(this.#session, taken);
  }

  #poured(): void {
    if (!this.#session.acknowledges) this.#receipts = count(this.#session, this.#outlet, this.#receipts);
  }

  #write(bytes: Uint8Array): void {
    this.#receipts?.written(bytes.length);
    this.#handler.output.totals.streamBytes += bytes.length;
    if (!this.#outlet.write(bytes)) this.#congest();
    this.#handler.hub.noteWrite(this.#session);
  }

  #goOn(): void {
    if (this.#rest !== undefined) return;
    if (this.#session.waiting) this.wake();
    else if (!this.#session.grouped) this.#joinGroups();
  }

  #congest(): void {
    this.congested = true;
    this.#handler.stalls.add(this);
  }

  #retire(): void {
    if (this.#over) return;
    this.#end();
    this.#receipts?.left();
    this.#handler.hub.detach(this.#session, this);
  }

  #end(): void {
    this.#over = true;
    this.#liveness?.end();
    const context = contextOf(this.#session);
    if (context?.stream !== this) return;
    context.guessed ||= this.guesses;
    context.stream = undefined;
  }
}

// A bare EventSource knows its address and its last event, but not its session: it never comes back to it.
function isProvisional({ command, session, carrier }: SessionCall): boolean {
  return command.verb === 'join-listen' && session.leaseMs === undefined && carrier === undefined;
}
