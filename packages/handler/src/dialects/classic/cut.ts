import { type CloseReason, CometError } from '@cometkit/core';
import type { SessionCall } from '../../call.ts';
import { channelKey } from '../../channel-key.ts';
import type { HandlerContext } from '../../handler-context.ts';
import type { Outlet, OutletWatcher } from '../../http.ts';
import type { Stallable } from '../../watchdog.ts';
import type { SilentEnd } from '../answers.ts';

/** Drops a connection after what was written, so that its reader sees a broken stream instead of an end. */
export class CutAnswer implements OutletWatcher, Stallable {
  readonly #handler: HandlerContext;
  readonly #outlet: Outlet;

  constructor(handler: HandlerContext, outlet: Outlet) {
    this.#handler = handler;
    this.#outlet = outlet;
  }

  /** Writes a whole answer, then drops the connection. */
  write(bytes: Uint8Array): void {
    this.#handler.output.opened();
    this.#outlet.watch(this);
    this.#outlet.write(bytes);
    this.#handler.stalls.add(this);
    if (this.#outlet.pendingBytes === 0) this.#outlet.destroy();
  }

  drained(): void {
    this.#outlet.destroy();
  }

  stalled(): void {
    this.#outlet.destroy();
  }

  closed(): void {
    this.#handler.stalls.remove(this);
    this.#handler.output.closed();
  }
}

/**
 * Ends a stream of the original Java client that has no closing frame: the connection is dropped, because after a
 * normal end the client would keep reading forever. A superseded client asks again immediately, and is refused once,
 * because otherwise it would supersede the new one.
 */
class StreamCut implements SilentEnd {
  readonly #handler: HandlerContext;
  readonly #key: string;
  #ending = false;

  constructor(handler: HandlerContext, key: string) {
    this.#handler = handler;
    this.#key = key;
  }

  end(outlet: Outlet, reason: CloseReason): true {
    if (reason === 'superseded') this.#handler.refusals.add(this.#key);
    this.#ending = true;
    if (outlet.pendingBytes === 0) outlet.destroy();
    return true;
  }

  drained(outlet: Outlet): void {
    if (this.#ending) outlet.destroy();
  }
}

/**
 * Returns what ends the streams of a client.
 *
 * @returns undefined for clients that understand a normal end.
 */
export function silentEnd(call: SessionCall): SilentEnd | undefined {
  return call.format.name === 'xml' ? new StreamCut(call.handler, takenKey(call)) : undefined;
}

/**
 * Refuses the request of a reader that was superseded a moment ago.
 *
 * @throws {CometError} `invalid-field` — it was.
 */
export function checkListen(call: SessionCall): void {
  const { refusals } = call.handler;
  if (call.format.name !== 'xml' || !refusals.take(takenKey(call))) return;
  refusals.add(channelKey({ ...call, verb: call.command.verb }));
  const reason = 'another channel has taken the place of this one';
  throw new CometError('invalid-field', reason, { field: 'session', reason });
}

function takenKey(call: SessionCall): string {
  return `taken ${channelKey({ ...call, verb: call.command.verb })}`;
}
