import { type Decoder, type DecoderOptions, FrameDecoder, type Framing } from '../decoder.ts';
import { type ElementGrammar, grammars, readElement, xmlFormatGrammar } from '../element.ts';
import type { DecodedEvent } from '../envelope.ts';
import { DecodeError } from '../errors.ts';
import { toDecodedEvent } from './flat.ts';

/** Makes a decoder of `xml`: a sequence of elements. It skips white space and NUL between them. */
export function createXmlDecoder(onEvent: (event: DecodedEvent) => void, options?: DecoderOptions): Decoder {
  return new FrameDecoder(new XmlFraming(onEvent, xmlFormatGrammar, false), options);
}

/**
 * Makes a decoder of `xml-strict`: documents `<pushlet>…</pushlet>`, or bare elements. It skips white space and NUL between
 * elements and documents, so that it can also read the NUL-ended documents of a socket.
 */
export function createXmlStrictDecoder(
  onEvent: (event: DecodedEvent) => void,
  options?: DecoderOptions,
): Decoder {
  return new FrameDecoder(new XmlFraming(onEvent, grammars.xml, true), options);
}

const doubleQuote = 0x22;
const singleQuote = 0x27;
const lessThan = 0x3c;
const greaterThan = 0x3e;
const backslash = 0x5c;

class XmlFraming implements Framing {
  readonly #onEvent: (event: DecodedEvent) => void;
  readonly #grammar: ElementGrammar;
  readonly #strict: boolean;
  #inTag = false;
  #quote = 0;
  #escaped = false;
  #inDocument = false;

  constructor(onEvent: (event: DecodedEvent) => void, grammar: ElementGrammar, strict: boolean) {
    this.#onEvent = onEvent;
    this.#grammar = grammar;
    this.#strict = strict;
  }

  scan(chunk: string, from: number): number {
    for (let index = from; index < chunk.length; index += 1) {
      if (this.#ends(chunk.charCodeAt(index))) return index + 1;
    }
    return -1;
  }

  read(frame: string): void {
    if (/^[ \t\r\n\0]$/.test(frame)) return;
    if (this.#strict && (frame === '<pushlet>' || frame === '</pushlet>')) {
      const opening = frame === '<pushlet>';
      if (opening === this.#inDocument) throw new DecodeError('malformed', 0);
      this.#inDocument = opening;
      return;
    }
    this.#onEvent(toDecodedEvent(readElement(frame, this.#grammar, Number.POSITIVE_INFINITY)));
  }

  finish(rest: string): void {
    if (rest !== '' || this.#inDocument) throw new DecodeError('truncated', rest.length);
  }

  reset(): void {
    this.#inTag = false;
    this.#quote = 0;
    this.#escaped = false;
    this.#inDocument = false;
  }

  // Outside of tags every character is its own frame: a blank, or refused at once.
  #ends(code: number): boolean {
    if (!this.#inTag) {
      this.#inTag = code === lessThan;
      return !this.#inTag;
    }
    if (this.#quote !== 0) {
      if (this.#escaped) this.#escaped = false;
      else if (code === backslash) this.#escaped = !this.#strict;
      else if (code === this.#quote) this.#quote = 0;
      return false;
    }
    if (code === doubleQuote || (this.#strict && code === singleQuote)) this.#quote = code;
    else if (code === greaterThan) this.#inTag = false;
    return !this.#inTag;
  }
}
