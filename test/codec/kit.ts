import {
  type ControlEvent,
  classicFieldName,
  classicFormats,
  classicType,
  createJsDecoder,
  createJsonDecoder,
  createNdjsonDecoder,
  createSseDecoder,
  createXmlDecoder,
  createXmlStrictDecoder,
  type DecodedEvent,
  DecodeError,
  type Decoder,
  type DecoderOptions,
  decodeEnvelope,
  type Format,
  type FormatName,
  frameItem,
  modernFormats,
  type SseMessage,
} from '@cometkit/codec';
import type { CometEvent, Gap, JsonValue } from '@cometkit/core';
import fc from 'fast-check';

/** How often a property runs: 1000 times unless said otherwise, FC_RUNS times that. */
export function runs(count = 1000): { numRuns: number } {
  return { numRuns: count * Number(process.env['FC_RUNS'] ?? 1) };
}

export function event(data: JsonValue, more: Partial<CometEvent> = {}): CometEvent {
  return {
    kind: 'data',
    position: 3,
    cursor: 'k3f9qd-3-7cq1',
    subject: '/fx/eur',
    name: undefined,
    json: JSON.stringify(data),
    data,
    time: 1_700_000_003_456,
    from: undefined,
    scope: 'subject',
    to: undefined,
    bytes: 100,
    event: undefined,
    accepted: () => Promise.reject(new Error('it was never published')),
    ...more,
  };
}

export const gap: Gap = {
  kind: 'gap',
  from: 12,
  to: 15,
  cursor: 'k3f9qd-f-1',
  reason: 'trimmed',
  count: 4,
};

/** Every format. */
export const allNames: readonly FormatName[] = [...classicFormats.keys(), ...modernFormats.keys()];
/** Those that have a decoder: an array of JSON is read when it is whole. */
export const names: readonly FormatName[] = allNames.filter((name) => name !== 'json-array');
export const classicNames: readonly FormatName[] = ['js', 'xml', 'xml-strict', 'json'];

export function format(name: FormatName): Format {
  const found = classicFormats.get(name) ?? modernFormats.get(name);
  if (found === undefined) throw new Error(`no format ${name}`);
  return found;
}

type AnyEvent = DecodedEvent<JsonValue>;

/** The decoder of a format; in SSE the event line must agree with the message. */
export function decoderOf(
  name: FormatName,
  onEvent: (event: AnyEvent) => void,
  options?: DecoderOptions,
): Decoder {
  if (name === 'js') return createJsDecoder(onEvent, options);
  if (name === 'xml') return createXmlDecoder(onEvent, options);
  if (name === 'xml-strict') return createXmlStrictDecoder(onEvent, options);
  if (name === 'json') return createJsonDecoder(onEvent, options);
  if (name === 'ndjson') return createNdjsonDecoder(onEvent, options);
  const fromMessage = name === 'sse-envelope' ? fromEnvelope : fromPlain;
  return createSseDecoder((message) => onEvent(fromMessage(message)), options);
}

function fromEnvelope({ event: type, data }: SseMessage): AnyEvent {
  if (type !== 'message') throw new DecodeError('malformed', 0);
  return decodeEnvelope(data);
}

// A published event has no name, or that of its subject; everything else is named after its type.
function fromPlain({ event: type, data, id }: SseMessage): AnyEvent {
  if (type !== 'message' && !type.startsWith('/')) {
    const decoded = decodeEnvelope(data);
    if (type !== decoded.event) throw new DecodeError('malformed', 0);
    return decoded;
  }
  const named: [string, JsonValue][] = type === 'message' ? [] : [['subject', type]];
  return { event: 'data', fields: new Map([...named, ['cursor', id], ['data', parse(data)]]) };
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new DecodeError('not-json', 0, { cause });
  }
}

/** A control event as a classic format writes it. */
export function asClassic({ event: type, fields }: ControlEvent): [string, [string, string][]] {
  const renamed = fields.map(([name, value]): [string, string] => {
    const seconds = name === 'time' && typeof value === 'number';
    return [classicFieldName(name), String(seconds ? Math.floor(value / 1000) : value)];
  });
  return [classicType(type), renamed];
}

export interface Reading {
  readonly events: [string, [string, JsonValue][]][];
  readonly error: string | undefined;
}

/** Reads pieces of a stream to its end: plain values, to be compared, and how it failed. */
export function read(name: FormatName, pieces: readonly string[], options?: DecoderOptions): Reading {
  const events: Reading['events'] = [];
  const decoder = decoderOf(name, (decoded) => events.push([decoded.event, [...decoded.fields]]), options);
  try {
    for (const piece of pieces) decoder.feed(piece);
    decoder.end();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { events, error: `${error.type} at ${error.offset}` };
  }
  return { events, error: undefined };
}

/** A whole response of control events and items, as a handler writes it. */
export function respond(name: FormatName, frames: readonly string[]): string {
  const { separator } = format(name);
  return format(name).prologue() + frames.join(separator) + format(name).epilogue();
}

/** One response per format with an event of every kind. */
export function corpus(name: FormatName): string {
  const of = format(name);
  const ack: ControlEvent = {
    event: 'join-listen-ack',
    fields: [
      ['session', 'V1StGXR8Z5jdHi6BmyT'],
      ['mode', 'long-poll'],
      ['label', 'a "quoted" <b>\\label</b> & it\'s\n\u2028 \u{1f600} é'],
      ['time', 1_700_000_000.123],
    ],
  };
  const items = [
    event({ bid: '1.07', note: 'x &gt; y > z' }),
    gap,
    event([1, { deep: '€\u2029' }]),
    event('}{"]['),
  ];
  const refresh: ControlEvent = {
    event: 'refresh',
    fields: [
      ['waitMs', 3172],
      ['url', '/push?p_id=V1St&p_event=refresh'],
    ],
  };
  const frames = items.map((item, index) => frameItem(of, item, { seq: index + 1, sid: 's1', label: 'l"' }));
  return respond(name, [of.control(ack), ...frames, of.control(refresh)]);
}

/** Cuts a text at the given places. */
export function cut(text: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index] ?? text.length));
}

const hostile = [
  '"',
  "'",
  '\\',
  '<',
  '>',
  '&',
  '&gt;',
  '\\&gt;',
  '&#9;',
  '&amp;lt;',
  '</script>',
  '<!--',
  '<script>',
  ']]>',
  '/>',
  '\r\n',
  '\n\n',
  '\r',
  '\t',
  '\0',
  '\u0001',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffe',
  '\uffff',
  '\ud800',
  '\udc00',
  '\u{1f600}',
  'data: x',
  'id: 1',
  '\u202e',
  '");alert(1)//',
  '&#x1F600;',
];

/** Any text at all: every code point, any UTF-16 unit by itself, and what formats have stumbled over. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(...hostile),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

export const poison = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  'xmlns',
] as const;

/** Names that are legal now and then, and hostile otherwise. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,12}$/) },
  fc.constantFrom(...poison),
  { weight: 1, arbitrary: anyText },
  fc.constantFrom('type', 'seq', 'from', ''),
);

export const anyControl: fc.Arbitrary<ControlEvent> = fc.record({
  event: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('heartbeat', 'refused', 'join-ack', 'listen-ack', 'abort') },
    anyText,
  ),
  fields: fc.array(fc.tuple(anyName, fc.oneof(anyText, fc.double(), fc.nat())), { maxLength: 5 }),
});

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyName, tie('value'), { maxKeys: 4 }),
  ),
}));

/** Any data as the core hands it on: read back from its own JSON text. */
export const anyData: fc.Arbitrary<JsonValue> = fc
  .oneof(json.value, fc.dictionary(anyName, fc.oneof(anyText, json.value), { maxKeys: 4 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
