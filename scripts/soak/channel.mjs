import http from 'node:http';
import {
  createJsDecoder,
  createNdjsonDecoder,
  createSseDecoder,
  createXmlDecoder,
  createXmlStrictDecoder,
  decodeEnvelope,
} from '@cometkit/codec';
import { readerOf } from './wire.mjs';

/** Makes the decoder of a format; `onEvent` gets the type and the fields. */
function decoderOf(format, onEvent) {
  const read = readerOf(format, onEvent);
  if (format === 'xml') return createXmlDecoder(read);
  if (format === 'xml-strict') return createXmlStrictDecoder(read);
  if (format === 'js') return createJsDecoder(read);
  if (format === 'ndjson') return createNdjsonDecoder(read);
  return createSseDecoder(({ data }) => read(decodeEnvelope(data)));
}

/** The number that an event of /soak/tick carries, in any format; undefined for another event. */
export function numberOf(fields) {
  if (fields.get('subject') !== '/soak/tick') return undefined;
  return Number(fields.get('n') ?? fields.get('data')?.n);
}

/** One request whose answer is read as it comes. `done` resolves with what its end was: `ended`, `cut` or a status. */
export class Channel {
  #request;
  #response;

  /** @param {{ url: string, body?: string }} request a POST when it has a body */
  constructor({ url, body }, { format, headers = {}, onEvent }) {
    const how =
      body === undefined ? { headers } : { method: 'POST', headers: { 'content-type': 'application/json' } };
    this.done = new Promise((resolve) => {
      this.#request = http.request(url, { agent: false, ...how }, (response) => {
        this.#response = response;
        const decoder = decoderOf(format, onEvent);
        response.setEncoding('utf8');
        if (response.statusCode !== 200) response.resume();
        else response.on('data', (chunk) => decoder.feed(chunk));
        response.on('end', () => resolve(response.statusCode === 200 ? 'ended' : `${response.statusCode}`));
        response.on('error', () => resolve('cut'));
        response.on('close', () => resolve('cut'));
      });
      this.#request.on('error', () => resolve('cut'));
      this.#request.end(body);
    });
  }

  /** Stops to read, as a client does whose machine has gone to sleep. */
  stall() {
    this.#response?.pause();
  }

  /** Reads again, and forgets what comes. */
  discard() {
    this.#response?.removeAllListeners('data');
    this.#response?.resume();
  }

  /** Goes away with a reset. */
  reset() {
    this.#request.socket?.resetAndDestroy();
    this.#request.destroy();
  }
}
