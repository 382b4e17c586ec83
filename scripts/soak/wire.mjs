import { classicFieldNames, classicType } from '@cometkit/codec';

const modernNames = new Map(Object.entries(classicFieldNames).map(([name, classic]) => [classic, name]));
const modernFormats = new Set(['sse', 'ndjson']);
const classicWords = new Map([['long-poll', 'pull']]);

/** The format in which the commands of a client are answered whose events come in another. */
export const commandFormat = (format) => (modernFormats.has(format) ? 'ndjson' : format);

/** A channel is opened by a GET with everything in its query. */
export function channelUrl(origin, format, fields) {
  const events = format === 'sse' ? { events: 'envelope' } : {};
  return `${origin}/push?${queryOf(format, { format, ...events, ...fields })}`;
}

/** A command: a GET in the original protocol, and a POST of JSON in the modern one. */
export function commandOf(origin, format, fields) {
  if (!modernFormats.has(format)) return { url: channelUrl(origin, format, fields) };
  return { url: `${origin}/push`, body: JSON.stringify(fields) };
}

function queryOf(format, fields) {
  if (modernFormats.has(format)) return new URLSearchParams(fields);
  const entries = Object.entries(fields).map(([name, value]) => [
    classicFieldNames[name],
    wordOf(name, value),
  ]);
  return new URLSearchParams(entries);
}

function wordOf(name, value) {
  return name === 'type' ? classicType(value) : (classicWords.get(value) ?? value);
}

/** Gives what a decoder has read in the names of the modern dialect, whichever it came in. */
export function readerOf(format, onEvent) {
  if (modernFormats.has(format)) return ({ event, fields }) => onEvent(event, fields);
  return ({ event, fields }) => {
    const named = new Map();
    for (const [name, value] of fields) named.set(modernNames.get(name) ?? name, value);
    onEvent(event === 'nack' ? 'refused' : event, named);
  };
}
