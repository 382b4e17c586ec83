import type { JsonValue } from '@cometkit/core';
import { type Decoder, type DecoderOptions, FrameDecoder, type Framing } from '../decoder.ts';
import { type DecodedEvent, decodeEnvelope } from '../envelope.ts';
import { DecodeError } from '../errors.ts';

/** Makes a decoder of `ndjson`. It skips empty lines; every other line must be a JSON object with a `type`. */
export function createNdjsonDecoder(
  onEvent: (event: DecodedEvent<JsonValue>) => void,
  options?: DecoderOptions,
): Decoder {
  return new FrameDecoder(new NdjsonFraming(onEvent), options);
}

class NdjsonFraming implements Framing {
  readonly #onEvent: (event: DecodedEvent<JsonValue>) => void;

  constructor(onEvent: (event: DecodedEvent<JsonValue>) => void) {
    this.#onEvent = onEvent;
  }

  scan(chunk: string, from: number): number {
    const end = chunk.indexOf('\n', from);
    return end < 0 ? -1 : end + 1;
  }

  read(line: string): void {
    if (line.trim() !== '') this.#onEvent(decodeEnvelope(line));
  }

  finish(rest: string): void {
    if (rest.trim() !== '') throw new DecodeError('truncated', rest.length);
  }

  reset(): void {
    // A line depends on nothing before it.
  }
}
