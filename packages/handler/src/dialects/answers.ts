import type { Format } from '@cometkit/codec';
import type { CloseReason, CometError, HubLimits, Session } from '@cometkit/core';
import type { SessionCall } from '../call.ts';
import type { HttpHeaders, HttpResponse, Outlet } from '../http.ts';
import type { Poll } from '../poll.ts';
import type { RefusalInput } from '../request-state.ts';
import type { HandlerSettings } from '../settings.ts';
import type { Mode } from '../wire-names.ts';

/** What ends a stream where there is nothing to say. */
export interface SilentEnd {
  /** Ends the answer as soon as all that was written has left. @returns true */
  end(outlet: Outlet, reason: CloseReason): true;
  /** Called when the outlet has drained. */
  drained(outlet: Outlet): void;
}

/** How a dialect answers: what depends on neither the transport nor the format alone. */
export interface Answers {
  /** True when a client that keeps no cookies may be known by its network address: it knows no secret. */
  readonly knownByAddress: boolean;
  /** True if the acknowledgement of a join contains the secret of the session and the cursor of its stream. */
  readonly tellsKey: boolean;
  /**
   * Returns how long a session lives without a request.
   *
   * @returns milliseconds, or undefined for the default of the hub.
   */
  leaseMs(settings: HandlerSettings, limits: HubLimits): number | undefined;
  /** What an acknowledgement of a join or listen calls its format. */
  formatName(format: Format): string | undefined;
  /** How long a client waits between two answers in a mode. @returns undefined for as long as the settings say. */
  waitMs(mode: Mode): number | undefined;
  /** The query that asks for the next answer, and says that this one was received. */
  refreshQuery(session: Session): string;
  /** Checks the request of a channel. @throws {CometError} another channel has just taken its place. */
  checkListen(call: SessionCall): void;
  /** What ends the client's streams. @returns undefined where their end says enough. */
  silentEnd(call: SessionCall): SilentEnd | undefined;
  /** The headers with which a client shows later that it got an answer. @returns undefined for none */
  seenHeaders(poll: Poll): HttpHeaders | undefined;
  /** The place that a request shows so. */
  seenCursor(call: SessionCall): string | undefined;
  /** The error for a subscription that is not there. */
  unknownSubscription(error: unknown, sid: string | undefined): unknown;
  /** The answer to a request that is refused. */
  refuse(asked: RefusalInput, error: CometError): HttpResponse;
}
