import { type ControlEvent, ndjsonFormat, withFrames, xmlSocketFormat } from '@cometkit/codec';
import type { Item } from '@cometkit/core';
import type { EncodedFormat } from '../encode-cache.ts';
import { encodeUtf8 } from '../utf8.ts';

/** The name of a medium of messages, as metrics use it. */
export type MediumName = 'websocket' | 'tcp' | 'udp';

/** How a medium of messages encodes them. */
export interface MessageFormatOptions {
  /**
   * The name in metrics.
   *
   * @defaultValue none: its sessions count as `stream`
   */
  readonly name?: MediumName;
  /** `json`: every text is an object and ends with LF; `xml`: an element that ends with NUL. */
  readonly syntax: 'json' | 'xml';
  /**
   * Encodes one or more texts, each with its end mark.
   *
   * @defaultValue UTF-8
   */
  readonly encode?: (text: string) => Uint8Array;
  /**
   * The longest event that is sent, in bytes; a longer one is announced by its cursor.
   *
   * @defaultValue no limit
   */
  readonly maxEventBytes?: number;
}

const bytesPerUnit = 3;

/** Makes the format of a medium: a new one each time, so that each medium has its own encode cache. */
export function messageFormat({
  syntax,
  encode = encodeUtf8,
  maxEventBytes,
}: MessageFormatOptions): EncodedFormat {
  const base = syntax === 'xml' ? xmlSocketFormat : ndjsonFormat;
  const fits = (text: string) =>
    maxEventBytes === undefined ||
    text.length * bytesPerUnit <= maxEventBytes ||
    encodeUtf8(text).length <= maxEventBytes;
  const control = (event: ControlEvent) => base.control(event);
  const shared = (item: Item) => {
    const text = base.shared(item);
    return fits(text) ? text : base.control(announcement(item, text));
  };
  return { ...withFrames(base, { control, shared }), encode };
}

// The cursor and the length of the event: enough to fetch it over another transport.
function announcement(item: Item, text: string): ControlEvent {
  const subject: ControlEvent['fields'] =
    item.kind === 'data'
      ? [
          ['subject', item.subject],
          ['time', item.time],
        ]
      : [];
  return {
    event: 'oversize',
    fields: [...subject, ['cursor', item.cursor], ['bytes', encodeUtf8(text).length]],
  };
}
