// Encoding an event in each format, and decoding it where a client of ours reads the format.
import {
  classicFormats,
  createNdjsonDecoder,
  createSseDecoder,
  frameItem,
  modernFormats,
} from '../../packages/codec/dist/index.js';
import { events } from './shared.mjs';

const some = events(64);
const ignore = () => undefined;
const list = [...classicFormats.values(), ...modernFormats.values()];

function encodeAll(format) {
  for (const event of some) frameItem(format, event, { seq: 7, sid: 'aB3xY', label: 'mine' });
}

function textOf(name) {
  const format = list.find((candidate) => candidate.name === name);
  return some.map((event) => format.shared(event)).join('');
}

function decoding(name, createDecoder) {
  const text = textOf(name);
  return { name: `codec: decode ${name}`, per: some.length, run: () => createDecoder(ignore).feed(text) };
}

/** The tasks. Units: `per` operations in one call. */
export const tasks = [
  ...list.map((format) => ({
    name: `codec: encode ${format.name}`,
    per: some.length,
    run: () => encodeAll(format),
  })),
  decoding('ndjson', createNdjsonDecoder),
  decoding('sse', createSseDecoder),
];
