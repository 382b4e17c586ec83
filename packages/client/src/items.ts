import type { Gap, JsonValue } from '@cometkit/core';

/**
 * An event as the application gets it.
 *
 * `position` is its number in the server's log, `time` is in Unix milliseconds. Store `cursor` and pass it as `resumeFrom` to
 * continue after this event. `from` is the public id of the session that published it, undefined for the server; `to` is the
 * id of this session if the event was sent to it alone.
 */
export interface ClientEvent<Data = JsonValue> {
  readonly kind: 'data';
  readonly subject: string;
  readonly data: Data;
  readonly cursor: string;
  readonly position: number;
  readonly time: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** What its publisher called it, if anything. */
  readonly name?: string;
  /** The trace that its publisher gave it, if any, as in W3C Trace Context: `cometkit/opentelemetry/client` goes on with it. */
  readonly traceparent?: string;
}

/** What a stream consists of: events, and gaps where events are missing. */
export type ClientItem<Data = JsonValue> = ClientEvent<Data> | Gap;
