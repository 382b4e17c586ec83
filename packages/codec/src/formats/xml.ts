import { ClassicFormat } from '../classic-format.ts';
import type { Format } from '../format.ts';
import { isPlainName } from '../names.ts';

/**
 * `xml`: bare elements, which are not XML. The escape is the backslash, and `>` is written `&gt;`.
 *
 * Shape: a text that holds `&gt;` itself is written `\&gt;`, which shipped Java clients read as it was meant; they show
 * `&gt;` for a `>`, which this format has no way to give them.
 * Errors: NUL and lone surrogates are `invalid-text`.
 * Source: Pushlet EventParser; protocol facts 4.1.
 */
export const xmlFormat: Format = /* @__PURE__ */ new ClassicFormat({
  name: 'xml',
  contentType: 'text/plain;charset=UTF-8',
  streamable: true,
  separator: '',
  glue: '',
  close: '/>',
  illegal: /\0|\p{Cs}/gu,
  prologue: () => '',
  epilogue: () => '',
  open: () => '<event ',
  // Up to the `=`; the parser of the original trims it and knows no escape in it.
  carriesName: (name) => isPlainName(name),
  field: (name, value) => `${name}="${value.replace(special, escapeCharacter)}" `,
});

const special = /["\\>]|&(?=gt;)/g;

function escapeCharacter(character: string): string {
  return character === '>' ? '&gt;' : `\\${character}`;
}
