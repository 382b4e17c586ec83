import { type ControlEvent, ndjsonFormat, withFrames, xmlSocketFormat } from '@cometkit/codec';
import type { Item } from '@cometkit/core';
import type { EncodedFormat } from '../encode-cache.ts';
import { encodeUtf8 } from '../utf8.ts';

/** What carries messages, by the name that figures are given under. */
export type MediumName = 'websocket' | 'tcp' | 'udp';

/** How a medium of messages writes what it carries. */
export interface MessageFormatOptions {
  /** @defaultValue none: its sessions are counted as `stream` */
  readonly name?: MediumName;
  /** `json`: every text is an object and ends with LF; `xml`: an element that ends with NUL. */
  readonly syntax: 'json' | 'xml';
  /** Makes the bytes of one or more texts, each with its end mark. @defaultValue their UTF-8 */
  readonly encode?: (text: string) => Uint8Array;
  /** Longest event that is carried; a longer one is announced by its cursor. Units: bytes. @defaultValue any */
  readonly maxEventBytes?: number;
}

const bytesPerUnit = 3;

/** Makes the format of a medium. Shape: a new one each time, so that each medium has its own memory of encoded events. */
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

// Where the event stands and how long it is: enough to fetch it over another way.
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
