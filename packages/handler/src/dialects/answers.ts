import type { Format } from '@cometkit/codec';
import type { CloseReason, CometError, HubLimits, Session } from '@cometkit/core';
import type { SessionCall } from '../call.ts';
import type { HttpHeaders, HttpResponse, Outlet } from '../http.ts';
import type { Poll } from '../poll.ts';
import type { RefusalInput } from '../request-state.ts';
import type { HandlerSettings } from '../settings.ts';
import type { Mode } from '../wire-names.ts';

/** Ends a stream that has no closing frame. */
export interface SilentEnd {
  /** Ends the answer as soon as all that was written has left. @returns true */
  end(outlet: Outlet, reason: CloseReason): true;
  /** Called when the outlet has drained. */
  drained(outlet: Outlet): void;
}

/** How a dialect answers: what depends on neither the transport nor the format alone. */
export interface Answers {
  /** True if a client without cookies may be identified by its network address, because it knows no secret. */
  readonly knownByAddress: boolean;
  /** True if the acknowledgement of a join contains the secret of the session and the cursor of its stream. */
  readonly tellsKey: boolean;
  /**
   * Returns how long a session lives without a request.
   *
   * @returns milliseconds, or undefined for the default of the hub.
   */
  leaseMs(settings: HandlerSettings, limits: HubLimits): number | undefined;
  /** The name of the format in the acknowledgement of a join or listen. */
  formatName(format: Format): string | undefined;
  /**
   * Returns how long a client waits between two answers in a mode.
   *
   * @returns milliseconds, or undefined for the value in the settings.
   */
  waitMs(mode: Mode): number | undefined;
  /** Makes the query that asks for the next answer and acknowledges this one. */
  refreshQuery(session: Session, format: Format): string;
  /**
   * Checks the request of a channel.
   *
   * @throws {CometError} `invalid-field` — another channel has just superseded it.
   */
  checkListen(call: SessionCall): void;
  /**
   * Returns what ends the client's streams.
   *
   * @returns undefined if the end of the response is enough.
   */
  silentEnd(call: SessionCall): SilentEnd | undefined;
  /**
   * Makes the headers by which a client later proves that it got an answer.
   *
   * @returns undefined for none.
   */
  seenHeaders(poll: Poll): HttpHeaders | undefined;
  /** Reads the cursor from that proof. */
  seenCursor(call: Pick<SessionCall, 'session' | 'request'>): string | undefined;
  /** Returns the error for an unknown subscription. */
  unknownSubscription(error: unknown, sid: string | undefined): unknown;
  /** Makes the response to a refused request. */
  refuse(asked: RefusalInput, error: CometError): HttpResponse;
}
