import { ClassicFormat } from '../classic-format.ts';
import type { Format } from '../format.ts';
import { isXmlName } from '../names.ts';
import { illegalInXml } from '../xml-characters.ts';

/**
 * `xml-strict`: one well-formed document per response, for `responseXML`.
 *
 * It escapes with the five named entities, and writes TAB, LF and CR as numeric references, because a parser would turn them
 * into blanks.
 *
 * @remarks `control` throws an EncodeError `invalid-text` for what XML 1.0 cannot hold: other control characters below U+0020,
 *   U+FFFE, U+FFFF and lone surrogates.
 * @see https://www.w3.org/TR/xml/#AVNormalize
 */
export const xmlStrictFormat: Format = /* @__PURE__ */ new ClassicFormat({
  name: 'xml-strict',
  contentType: 'text/xml;charset=UTF-8',
  streamable: false,
  separator: '',
  glue: '',
  close: '/>',
  illegal: illegalInXml,
  prologue: () => '<pushlet>',
  epilogue: () => '</pushlet>',
  open: () => '<event ',
  carriesName: (name) => isXmlName(name),
  field: (name, value) => `${name}="${value.replace(special, reference)}" `,
});

const special = /[&<>"'\t\n\r]/g;

const references: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);

function reference(character: string): string {
  return references.get(character) ?? `&#${character.charCodeAt(0)};`;
}
