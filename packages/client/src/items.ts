import type { Gap, JsonValue } from '@cometkit/core';

/**
 * An event as the application gets it.
 *
 * Units: `position` counts in the server's log; `time` in Unix milliseconds. Shape: `cursor` is the place after this
 * event, fit to be stored and given back as `resumeFrom`; `from` is the public id of the session that published it,
 * undefined when the server did; `to` is this session's own id when the event was sent to it alone.
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
}

/** What a stream consists of: events, and gaps where events are missing. */
export type ClientItem<Data = JsonValue> = ClientEvent<Data> | Gap;
