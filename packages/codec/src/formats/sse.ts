import type { CometEvent } from '@cometkit/core';
import { dataText, itemEnvelope } from '../envelope.ts';
import { EncodeError } from '../errors.ts';
import type { ControlEvent } from '../fields.ts';
import type { Format, FormatName } from '../format.ts';
import { ModernFormat } from '../modern-format.ts';

const contentType = 'text/event-stream';
const prologue = 'retry: 2000\n\n';

/**
 * `sse`: server-sent events for a bare `EventSource`.
 *
 * The `data:` of a published event is the JSON of its data and nothing else, and its `id:` is the cursor. Without an `event:` line
 * `onmessage` gets it, unless its publisher gave it a name. Control messages are named events (`gap`, `heartbeat`, `listen-ack`,
 * …), so that `onmessage` need not filter them.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const sseFormat: Format = /* @__PURE__ */ plain('sse', ({ name }) => name);

/** Like `sse`, but an event without a name is named after its subject, if that is a path: `addEventListener('/prices/acme', …)`. */
export const sseSubjectFormat: Format = /* @__PURE__ */ plain(
  'sse-subject',
  ({ name, subject }) => name ?? nameOf(subject),
);

/** Like `sse`, but every `data:` is a whole message, as a line of `ndjson` is, and `onmessage` gets all of them. */
export const sseEnvelopeFormat: Format = /* @__PURE__ */ new ModernFormat({
  name: 'sse-envelope',
  contentType,
  prologue,
  item: (item) => frame(undefined, item.cursor, itemEnvelope(item)),
  control: (event, json) => frame(undefined, resumeId(event), json),
});

function plain(name: FormatName, eventName: (event: CometEvent) => string | undefined): Format {
  return new ModernFormat({
    name,
    contentType,
    prologue,
    item: (item) =>
      item.kind === 'gap'
        ? frame('gap', item.cursor, itemEnvelope(item))
        : frame(eventName(item), item.cursor, dataText(item)),
    control: (event, json) => frame(event.event, resumeId(event), json),
  });
}

// With prefix matching any text is a subject: `abort` must not look like a control message of the stream.
function nameOf(subject: string): string | undefined {
  return subject.startsWith('/') ? subject : undefined;
}

// So that a reconnect before the first event resumes where the channel was opened.
function resumeId({ event, fields }: ControlEvent): string | undefined {
  const cursor = fields.find(([name]) => name === 'cursor')?.[1];
  return event.endsWith('listen-ack') && typeof cursor === 'string' ? cursor : undefined;
}

function frame(event: string | undefined, id: string | undefined, json: string): string {
  const eventLine = event === undefined ? '' : `event: ${oneLine('event', event)}\n`;
  const idLine = id === undefined ? '' : `id: ${oneLine('cursor', id)}\n`;
  return `${eventLine}${idLine}data: ${json}\n\n`;
}

// A line break would let a publisher inject fields of the stream.
function oneLine(field: string, text: string): string {
  const offset = text.search(/[\r\n\0]/);
  if (offset >= 0) throw new EncodeError('invalid-text', { field, offset });
  return text;
}
