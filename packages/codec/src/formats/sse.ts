import { EncodeError } from '../errors.ts';
import type { Format } from '../format.ts';
import { ModernFormat } from '../modern-format.ts';

/**
 * `sse`: server-sent events, for `EventSource`.
 *
 * Shape: published events have no `event:` line, so that `onmessage` gets them, and their cursor as `id:`; a gap is
 * `event: gap` with its cursor; everything else is `event: <type>` without an id, but for the acknowledgement of a
 * listen with a `p_cur`: its id is what a reconnect before the first event resumes from.
 * Errors: CR, LF or NUL in a cursor is `invalid-text`. SEC-20.
 * Source: HTML §9.2.5.
 */
export const sseFormat: Format = /* @__PURE__ */ new ModernFormat({
  name: 'sse',
  contentType: 'text/event-stream',
  prologue: 'retry: 2000\n\n',
  item: (item, json) => frame(item.kind === 'gap' ? 'gap' : undefined, item.cursor, json),
  control: (event, json) => {
    const cursor = event.fields.find(([name]) => name === 'p_cur')?.[1];
    const resumable = event.event.endsWith('listen-ack') && typeof cursor === 'string';
    return frame(event.event, resumable ? cursor : undefined, json);
  },
});

function frame(event: string | undefined, id: string | undefined, json: string): string {
  const eventLine = event === undefined ? '' : `event: ${event}\n`;
  return `${eventLine}${id === undefined ? '' : idLine(id)}data: ${json}\n\n`;
}

function idLine(id: string): string {
  const offset = id.search(/[\r\n\0]/);
  if (offset >= 0) throw new EncodeError('invalid-text', { field: 'p_cur', offset });
  return `id: ${id}\n`;
}
