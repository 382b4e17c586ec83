import { type Decoder, type DecoderOptions, FrameDecoder, type Framing } from '../decoder.ts';
import type { DecodedEvent } from '../envelope.ts';
import { DecodeError } from '../errors.ts';
import { toDecodedEvent } from './flat.ts';

/** Makes a decoder of `json`: one array of objects of text, each passed on as soon as it is complete. */
export function createJsonDecoder(onEvent: (event: DecodedEvent) => void, options?: DecoderOptions): Decoder {
  return new FrameDecoder(new JsonFraming(onEvent), options);
}

/** What may come next between the objects: the array, its first object or end, a comma or the end, an object, nothing. */
type Place = 'start' | 'first' | 'after' | 'next' | 'done';

const steps: ReadonlyMap<string, Place> = new Map([
  ['start[', 'first'],
  ['first]', 'done'],
  ['after]', 'done'],
  ['after,', 'next'],
]);

class JsonFraming implements Framing {
  readonly #onEvent: (event: DecodedEvent) => void;
  #place: Place = 'start';
  #depth = 0;
  #inText = false;
  #escaped = false;

  constructor(onEvent: (event: DecodedEvent) => void) {
    this.#onEvent = onEvent;
  }

  scan(chunk: string, from: number): number {
    for (let index = from; index < chunk.length; index += 1) {
      if (this.#ends(chunk.charAt(index))) return index + 1;
    }
    return -1;
  }

  read(frame: string): void {
    if (/^[ \t\r\n]$/.test(frame)) return;
    if (frame.startsWith('{')) {
      if (this.#place !== 'first' && this.#place !== 'next') throw new DecodeError('malformed', 0);
      this.#onEvent(toDecodedEvent(readObject(frame)));
      this.#place = 'after';
      return;
    }
    const place = steps.get(this.#place + frame);
    if (place === undefined) throw new DecodeError('malformed', 0);
    this.#place = place;
  }

  finish(rest: string): void {
    if (this.#place !== 'done' && this.#place !== 'start') throw new DecodeError('truncated', rest.length);
  }

  reset(): void {
    this.#place = 'start';
    this.#depth = 0;
    this.#inText = false;
    this.#escaped = false;
  }

  // Outside of objects every character is its own frame.
  #ends(character: string): boolean {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inText = false;
      return false;
    }
    if (character === '{') this.#depth += 1;
    else if (character === '}' && this.#depth > 0) this.#depth -= 1;
    else if (character === '"' && this.#depth > 0) this.#inText = true;
    return this.#depth === 0;
  }
}

function readObject(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError('not-json', 0, { cause });
  }
  for (const [name, value] of Object.entries(object as object)) {
    if (typeof value !== 'string') throw new DecodeError('malformed', 0);
    fields.set(name, value);
  }
  return fields;
}
