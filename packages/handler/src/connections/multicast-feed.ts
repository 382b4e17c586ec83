import type { Session, Transport } from '@cometkit/core';
import { control } from '../call.ts';
import type { EncodeCache } from '../encode-cache.ts';
import type { Flushable } from '../flush.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { Outlet, OutletWatcher } from '../http.ts';

// How much is written in one turn.
const maxItems = 256;
const maxBytes = 65_536;

/**
 * Writes the events of a pattern to an outlet without a client; every write counts as received.
 *
 * @remarks
 * Events for one session, one user or all sessions are left out.
 */
export class MulticastFeed implements Transport, Flushable, OutletWatcher {
  readonly idleMs: number;
  readonly #handler: HandlerContext;
  readonly #encoder: EncodeCache;
  readonly #outlet: Outlet;
  readonly #session: Session;
  #dirty = false;

  /** @throws {CometError} `hub-closed` or `too-many-sessions` — the hub accepts no session. */
  constructor(handler: HandlerContext, encoder: EncodeCache, outlet: Outlet) {
    this.#handler = handler;
    this.#encoder = encoder;
    this.#outlet = outlet;
    this.#session = handler.hub.join();
    this.idleMs = Math.min(handler.settings.modernHeartbeatMs, handler.hub.limits.heartbeatMs);
  }

  /**
   * Starts with the events that are published from now on.
   *
   * @throws {CometError} `invalid-pattern` — the pattern is not valid.
   */
  start(pattern: string): void {
    const { hub, settings } = this.#handler;
    try {
      hub.subscribe(this.#session, pattern, { matching: settings.matching });
    } catch (error) {
      this.end();
      throw error;
    }
    hub.attach(this.#session, this);
    this.#outlet.watch(this);
  }

  /** Ends the feed, not its outlet. */
  end(): void {
    this.#handler.hub.leave(this.#session);
  }

  wake(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#handler.output.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    while (this.#session.waiting && this.#outlet.pendingBytes < maxBytes) {
      const items = this.#session.take(maxItems, maxBytes);
      if (items.length === 0) return;
      this.#session.ack(this.#session.taken);
      const meant = items.filter((item) => item.kind === 'gap' || item.scope === 'subject');
      if (meant.length > 0) this.#write(this.#encoder.batch(meant));
    }
  }

  idle(): void {
    const heartbeat = control('heartbeat', [['time', this.#handler.time]]);
    this.#write(this.#encoder.encode(this.#encoder.format.control(heartbeat)));
  }

  close(): undefined {
    return undefined;
  }

  drained(): void {
    this.wake();
  }

  // The owner of the feed ends it.
  closed(): undefined {
    return undefined;
  }

  #write(bytes: Uint8Array): void {
    this.#handler.output.totals.streamBytes += bytes.length;
    this.#outlet.write(bytes);
    this.#handler.hub.noteWrite(this.#session);
  }
}
