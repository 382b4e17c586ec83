import { DecodeError } from './errors.ts';
import { plainName, xmlName } from './names.ts';
import { illegalInXml } from './xml-characters.ts';

/** How the values of an element are escaped: with backslashes as in the original's parser (`pushlet`), or as in XML. */
export type ElementDialect = 'pushlet' | 'xml';

/** How to read one element of a request. */
export interface ElementOptions {
  /** How its values are written. */
  readonly dialect: ElementDialect;
  /** Keeps line breaks and tabs, which `xml` would read as blanks: ActionScript 2 does not escape them. @defaultValue false */
  readonly keepBreaks?: boolean;
  /** How many attributes there may be. @defaultValue 64 */
  readonly maxAttributes?: number;
}

/**
 * Reads a request body that is one element, `<event name="value" />`. The element may have any name.
 *
 * - `pushlet`: text before the first `<` is skipped; values are in double quotes and may contain `>`; a backslash escapes the
 *   next character; entities are not decoded.
 * - `xml`: well-formed XML with the five named and numeric references; a backslash is literal; an XML declaration may come
 *   first; no DOCTYPE, comment, CDATA or content.
 *
 * In both an empty element may have a start tag and an end tag.
 *
 * @returns the values by name; of a repeated name the first value. A value is never longer than its escaped text.
 * @throws {DecodeError} `malformed`, `truncated` — the text ends too soon, `invalid-name`, `invalid-reference`,
 *   `invalid-character`, `too-many-fields`.
 * @remarks Takes time linear in the length of the text. The caller limits that length.
 */
export function parseElement(text: string, options: ElementOptions): Map<string, string> {
  const { dialect, keepBreaks = false, maxAttributes = 64 } = options;
  const grammar = keepBreaks && dialect === 'xml' ? socketGrammar : grammars[dialect];
  return readElement(text, grammar, maxAttributes);
}

/** What differs between dialects. */
export interface ElementGrammar {
  /** Sticky expression for the name of an attribute. */
  readonly name: RegExp;
  /** Quotes that may enclose a value. */
  readonly quotes: string;
  /** True when only white space may come before the element, and attributes must be separated by white space. */
  readonly strict: boolean;
  /** Reads the value that begins at `from`, after its quote. @returns the value, and the index after its end quote. */
  readValue(text: string, from: number, quote: string): readonly [value: string, next: number];
}

const longestName = 64;
const blanks = /[ \t\r\n]*/y;
// Serializers put it first. Nothing in it counts: the text is decoded already.
const xmlDeclaration = /<\?xml[ \t\r\n][^<>]{0,200}\?>/y;

/** Reads one element that makes up the whole text. */
export function readElement(
  text: string,
  grammar: ElementGrammar,
  maxAttributes: number,
): Map<string, string> {
  const fields = new Map<string, string>();
  const first = grammar.strict ? skip(blanks, text, skip(xmlDeclaration, text, 0)) : text.indexOf('<');
  const tagStart = expect(text, first < 0 ? text.length : first, '<');
  let at = skipName(text, tagStart, xmlName);
  const tag = text.slice(tagStart, at);
  for (let count = 0; ; count += 1) {
    const start = skip(blanks, text, at);
    if (text[start] === '/') return ended(fields, text, expect(text, start + 1, '>'));
    if (text[start] === '>') return ended(fields, text, skipEndTag(text, start + 1, tag));
    if (grammar.strict && start === at) throw faultAt(text, start);
    if (count >= maxAttributes) throw new DecodeError('too-many-fields', start);
    const nameEnd = skipName(text, start, grammar.name);
    const quoteAt = skip(blanks, text, expect(text, skip(blanks, text, nameEnd), '='));
    const quote = text[quoteAt] ?? '';
    if (quote === '' || !grammar.quotes.includes(quote)) throw faultAt(text, quoteAt);
    const [value, next] = grammar.readValue(text, quoteAt + 1, quote);
    const field = text.slice(start, nameEnd);
    if (!fields.has(field)) fields.set(field, value);
    at = next;
  }
}

// A second element would be a request without an answer.
function ended(fields: Map<string, string>, text: string, at: number): Map<string, string> {
  const end = skip(blanks, text, at);
  if (end < text.length) throw new DecodeError('malformed', end);
  return fields;
}

// An empty element may have two tags with nothing but white space between them.
function skipEndTag(text: string, from: number, tag: string): number {
  const at = expect(text, expect(text, skip(blanks, text, from), '<'), '/');
  if (!text.startsWith(tag, at)) throw faultAt(text, at);
  return expect(text, skip(blanks, text, at + tag.length), '>');
}

function skip(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : from;
}

function skipName(text: string, from: number, name: RegExp): number {
  const end = skip(name, text, from);
  if (end > from && end - from <= longestName) return end;
  throw from >= text.length ? faultAt(text, from) : new DecodeError('invalid-name', from);
}

function expect(text: string, at: number, character: string): number {
  if (text[at] !== character) throw faultAt(text, at);
  return at + 1;
}

function faultAt(text: string, at: number): DecodeError {
  return new DecodeError(at >= text.length ? 'truncated' : 'malformed', Math.min(at, text.length));
}

function readEscaped(text: string, from: number, special: RegExp): readonly [string, number] {
  const parts: string[] = [];
  let start = from;
  for (;;) {
    special.lastIndex = start;
    const match = special.exec(text);
    if (match === null) throw new DecodeError('truncated', text.length);
    parts.push(text.slice(start, match.index));
    if (match[0] === '"') return [parts.join(''), special.lastIndex];
    if (match[0] === '&gt;') parts.push('>');
    start = special.lastIndex;
    if (match[0] !== '\\') continue;
    if (start >= text.length) throw new DecodeError('truncated', start);
    parts.push(text.charAt(start));
    start += 1;
  }
}

const namedReferences: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

function readXmlValue(
  text: string,
  from: number,
  quote: string,
  special: RegExp = /\r\n|[\t\n\r]|&(?:([^&;]{1,8});)?/g,
): readonly [string, number] {
  const end = text.indexOf(quote, from);
  if (end < 0) throw new DecodeError('truncated', text.length);
  const raw = text.slice(from, end);
  const less = raw.indexOf('<');
  if (less >= 0) throw new DecodeError('malformed', from + less);
  const illegal = raw.search(illegalInXml);
  if (illegal >= 0) throw new DecodeError('invalid-character', from + illegal);
  // [spec] XML 1.0 §3.3.3: white space in a value becomes blanks, unless it is written as a reference.
  const value = raw.replace(special, (match: string, body: string | undefined, at: number) =>
    match.startsWith('&') ? referenced(body, from + at) : ' ',
  );
  return [value, end + 1];
}

function referenced(body: string | undefined, offset: number): string {
  const named = body === undefined ? undefined : namedReferences.get(body);
  if (named !== undefined) return named;
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(body ?? '') ?? [];
  const code = hex === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hex, 16);
  if (!(code <= 0x10ffff)) throw new DecodeError('invalid-reference', offset);
  const character = String.fromCodePoint(code);
  if (character.search(illegalInXml) >= 0) throw new DecodeError('invalid-reference', offset);
  return character;
}

/** The dialects of requests. */
export const grammars: Readonly<Record<ElementDialect, ElementGrammar>> = {
  pushlet: {
    name: plainName,
    quotes: '"',
    strict: false,
    readValue: (text, from) => readEscaped(text, from, /["\\]/g),
  },
  xml: { name: xmlName, quotes: `"'`, strict: true, readValue: readXmlValue },
};

const socketGrammar: ElementGrammar = {
  ...grammars.xml,
  readValue: (text, from, quote) => readXmlValue(text, from, quote, /&(?:([^&;]{1,8});)?/g),
};

/** The dialect that the format `xml` writes: `pushlet` with `&gt;` for the character that ends an element. */
export const xmlFormatGrammar: ElementGrammar = {
  name: plainName,
  quotes: '"',
  strict: true,
  readValue: (text, from) => readEscaped(text, from, /["\\]|&gt;/g),
};
