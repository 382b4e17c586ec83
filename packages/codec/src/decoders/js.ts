import { type Decoder, type DecoderOptions, FrameDecoder, type Framing } from '../decoder.ts';
import type { DecodedEvent } from '../envelope.ts';
import { DecodeError } from '../errors.ts';
import { toDecodedEvent } from './flat.ts';

/**
 * Makes a decoder of `js`, which reads the literals of the `parent.push(…)` calls and runs nothing.
 *
 * @returns a decoder that turns a script that navigates into a `refresh` with `p_url` and `p_wait`.
 */
export function createJsDecoder(onEvent: (event: DecodedEvent) => void, options?: DecoderOptions): Decoder {
  return new FrameDecoder(new ScriptFraming(onEvent), options);
}

const endTag = '</script>';
const call = 'parent.push(';

class ScriptFraming implements Framing {
  readonly #onEvent: (event: DecodedEvent) => void;
  #matched = 0;

  constructor(onEvent: (event: DecodedEvent) => void) {
    this.#onEvent = onEvent;
  }

  scan(chunk: string, from: number): number {
    for (let index = from; index < chunk.length; index += 1) {
      const character = chunk[index];
      // The end tag contains `<` only at its start, so after a mismatch only a new `<` can begin it.
      if (character === endTag[this.#matched]) this.#matched += 1;
      else this.#matched = character === '<' ? 1 : 0;
      if (this.#matched < endTag.length) continue;
      this.#matched = 0;
      return index + 1;
    }
    return -1;
  }

  read(frame: string): void {
    const start = frame.indexOf('<script');
    const tagEnd = start < 0 ? -1 : frame.indexOf('>', start);
    if (tagEnd < 0) throw new DecodeError('malformed', 0);
    const script = frame.slice(0, -endTag.length);
    if (script.startsWith(call, tagEnd + 1)) this.#onEvent(readCall(script, tagEnd + 1 + call.length));
    else if (script.startsWith("url='", tagEnd + 1))
      this.#onEvent(readRefresh(script, tagEnd + 1 + 'url='.length));
    else if (!script.startsWith(' var url=', tagEnd + 1)) throw new DecodeError('malformed', tagEnd + 1);
  }

  finish(rest: string): void {
    const text = rest.trim();
    if (text !== '' && text !== '</body></html>') throw new DecodeError('truncated', rest.length);
  }

  reset(): void {
    this.#matched = 0;
  }
}

function readCall(script: string, from: number): DecodedEvent {
  const fields = new Map<string, string>();
  let at = from;
  for (;;) {
    const [name, nameEnd] = readLiteral(script, at);
    if (!script.startsWith(', ', nameEnd)) throw new DecodeError('malformed', nameEnd);
    const [value, valueEnd] = readLiteral(script, nameEnd + 2);
    if (!fields.has(name)) fields.set(name, value);
    if (script.slice(valueEnd) === ');') return toDecodedEvent(fields);
    if (script[valueEnd] !== ',') throw new DecodeError('malformed', valueEnd);
    at = valueEnd + 1;
  }
}

function readRefresh(script: string, from: number): DecodedEvent {
  const [url, end] = readLiteral(script, from);
  // The original passes `"refresh()"` as text to be evaluated; its pages can be read, too.
  const wait = /^;\n setTimeout\((?:refresh|"refresh\(\)"), ([0-9]{1,15})\);\n$/.exec(script.slice(end))?.[1];
  if (wait === undefined) throw new DecodeError('malformed', end);
  return {
    event: 'refresh',
    fields: new Map([
      ['p_url', url],
      ['p_wait', wait],
    ]),
  };
}

function readLiteral(script: string, from: number): readonly [value: string, next: number] {
  const quote = script[from];
  if (quote !== '"' && quote !== "'") throw new DecodeError('malformed', from);
  const special = /["'\\\r\n]/g;
  const parts: string[] = [];
  for (let start = from + 1; ; ) {
    special.lastIndex = start;
    const match = special.exec(script);
    if (match === null) throw new DecodeError('malformed', script.length);
    parts.push(script.slice(start, match.index));
    start = special.lastIndex;
    if (match[0] === quote) return [parts.join(''), start];
    if (match[0] === '\\') {
      const [character, next] = readEscape(script, start);
      parts.push(character);
      start = next;
    } else if (match[0] === '"' || match[0] === "'") parts.push(match[0]);
    else throw new DecodeError('malformed', match.index);
  }
}

function readEscape(script: string, from: number): readonly [character: string, next: number] {
  const hex = /^u([0-9a-fA-F]{4})$/.exec(script.slice(from, from + 5))?.[1];
  if (hex !== undefined) return [String.fromCharCode(Number.parseInt(hex, 16)), from + 5];
  const plain = script.charAt(from);
  if (plain !== '"' && plain !== "'" && plain !== '\\') throw new DecodeError('malformed', from);
  return [plain, from + 1];
}
